// The text of a page as elements: blocks in their order, tables as tables, every word linked to its box.
// All text goes in as text, never as markup.

const LOW = 0.8; // below this confidence a word is marked
const ASIDE = ["header", "footer", "page-number", "caption"];

export function isLow(word) {
  return word.confidence < LOW;
}

// Words of a page in reading order, each with the key of its box: "LINE-WORD".
export function wordsOf(page) {
  return page.lines.flatMap((line, at) => line.words.map((word, place) => ({ ...word, key: `${at}-${place}` })));
}

export function renderPage(page) {
  const parts = [];
  let tables = 0;
  for (const block of page.blocks) {
    if (block.kind === "table") {
      parts.push(renderTable(page, page.tables[tables]));
      tables += 1;
    } else {
      parts.push(renderBlock(page, block));
    }
  }
  if (!page.blocks.length) {
    parts.push(...page.lines.map((_, at) => wrap("p", [renderLine(page, at)])));
  }
  if (!parts.length) {
    const empty = wrap("p", []);
    empty.className = "aside";
    empty.textContent = page.status === "failed" ? page.error : "There is no text on this page.";
    parts.push(empty);
  }
  return parts;
}

function renderBlock(page, block) {
  const name = block.kind === "heading" ? `h${Math.min(5, 2 + Math.max(1, block.level))}` : "p";
  const element = wrap(name, block.lines.map((at) => renderLine(page, at)));
  element.classList.toggle("aside", ASIDE.includes(block.kind));
  return element;
}

function renderTable(page, table) {
  const body = document.createElement("table");
  const rows = [];
  for (const cell of table.cells) {
    rows[cell.row] ??= body.appendChild(document.createElement("tr"));
    const element = wrap(cell.row < table.head_rows ? "th" : "td", cell.lines.map((at) => renderLine(page, at)));
    element.colSpan = cell.column_span;
    element.rowSpan = cell.row_span;
    rows[cell.row].append(element);
  }
  const scroll = wrap("div", [body]);
  scroll.className = "scroll";
  return scroll;
}

function renderLine(page, at) {
  const line = page.lines[at];
  const element = document.createElement("span");
  element.className = "line";
  element.dir = "auto";
  line.words.forEach((word, place) => {
    if (place && hasSpaces(line)) {
      element.append(" ");
    }
    element.append(renderWord(word, `${at}-${place}`));
  });
  if (!line.words.length) {
    element.textContent = line.text;
  }
  return element;
}

// Whether the words of a line have spaces between: those of Chinese, Japanese and Thai have none.
function hasSpaces(line) {
  return line.words.map((word) => word.text).join("") !== line.text;
}

function renderWord(word, key) {
  const element = document.createElement("span");
  element.className = isLow(word) ? "word low" : "word";
  element.dataset.key = key;
  element.textContent = word.text;
  return element;
}

function wrap(name, children) {
  const element = document.createElement(name);
  element.append(...children);
  return element;
}
