"""What is done to one page, from its picture to its lines in order.

The stages in the order in which they run: `locate` finds the lines (by `straighten` or `orientation`, and `fit`),
`crops` cuts them out, `legibility` tells text from what only looks like it once they are read, `order` puts them in
reading order, `words` takes them back to the page that was given.
"""
