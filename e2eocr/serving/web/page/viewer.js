// One document: the picture of a page with boxes over it, its text beside it, and its results in every format.

import * as api from "./api.js";
import { isLow, renderPage, wordsOf } from "./reading.js";

const SVG = "http://www.w3.org/2000/svg";
const ZOOM = { least: 1, most: 6, step: 1.25 };
const LINK_SECONDS = 60; // a browser may ask before it saves

export class Viewer {
  constructor(limits, announce) {
    this.announce = announce;
    this.formats = limits.formats;
    for (const id of ["viewer", "title", "page", "previous", "next", "trouble", "picture", "text", "word", "format", "copy"]) {
      this[id] = document.getElementById(id);
    }
    this.zoom = 1;
    this.format.replaceChildren(...Object.keys(this.formats).map((name) => new Option(name, name)));
    this.listen();
    this.updateCopy();
  }

  listen() {
    const on = (id, event, action) => document.getElementById(id).addEventListener(event, action);
    on("previous", "click", () => this.turn(-1));
    on("next", "click", () => this.turn(1));
    on("larger", "click", () => this.enlarge(ZOOM.step));
    on("smaller", "click", () => this.enlarge(1 / ZOOM.step));
    on("format", "change", () => this.updateCopy());
    on("copy", "click", () => this.attempt(() => this.copyResult()));
    on("download", "click", () => this.attempt(() => this.save()));
    on("text", "keydown", (event) => this.step(event));
    for (const pane of [this.picture, this.text]) {
      pane.addEventListener("pointerover", (event) => this.choose(event.target.dataset.key));
      pane.addEventListener("click", (event) => this.choose(event.target.dataset.key, true));
    }
  }

  async show(row) {
    this.row = row;
    this.viewer.hidden = false;
    this.title.textContent = row.name;
    this.trouble.hidden = true;
    this.text.replaceChildren();
    this.picture.replaceChildren();
    await this.attempt(async () => {
      const document = await (await api.result(row, "json")).json();
      if (this.row === row) {
        this.document = document;
        await this.open(0);
      }
    });
  }

  close() {
    this.row = this.document = null;
    this.viewer.hidden = true;
    this.forgetPicture();
  }

  async open(index) {
    this.index = index;
    const page = this.document.pages[index];
    this.page.textContent = `Page ${index + 1} of ${this.document.pages.length}`;
    this.previous.disabled = index === 0;
    this.next.disabled = index === this.document.pages.length - 1;
    this.words = wordsOf(page);
    this.chosen = null;
    this.word.textContent = "";
    this.text.replaceChildren(...renderPage(page));
    this.text.scrollTop = 0;
    await this.draw(page, index);
  }

  async draw(page, index) {
    this.forgetPicture();
    this.picture.replaceChildren();
    if (page.status === "failed") {
      return;
    }
    const { row } = this;
    const link = await api.picture(row, index + 1);
    if (this.row !== row || this.index !== index) {
      URL.revokeObjectURL(link);
      return;
    }
    this.link = link;
    const image = document.createElement("img");
    image.src = link;
    image.alt = `Page ${index + 1} of ${row.name}`;
    this.sheet = document.createElement("div");
    this.sheet.id = "sheet";
    this.sheet.append(image, this.boxes(page));
    this.picture.replaceChildren(this.sheet);
    this.enlarge(1);
  }

  boxes(page) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    svg.append(...page.unread.map((place) => box(place.polygon, "unread")));
    for (const word of this.words) {
      const polygon = box(word.polygon, isLow(word) ? "low" : "sure");
      polygon.dataset.key = word.key;
      svg.append(polygon);
    }
    return svg;
  }

  turn(by) {
    const index = this.index + by;
    if (index >= 0 && index < this.document.pages.length) {
      this.attempt(() => this.open(index));
    }
  }

  enlarge(factor) {
    this.zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, this.zoom * factor));
    if (this.sheet) {
      this.sheet.style.width = `${100 * this.zoom}%`;
    }
  }

  // Mark a word and its box; `follow` brings both into view.
  choose(key, follow = false) {
    if (!key || (key === this.chosen && !follow)) {
      return;
    }
    const both = (name) => this.viewer.querySelectorAll(`[data-key="${CSS.escape(name)}"]`);
    for (const element of this.chosen ? both(this.chosen) : []) {
      element.classList.remove("chosen");
    }
    for (const element of both(key)) {
      element.classList.add("chosen");
      if (follow) {
        this.reveal(element);
      }
    }
    this.chosen = key;
    const word = this.words.find((each) => each.key === key);
    this.word.textContent = `${word.text}: ${Math.round(100 * word.confidence)} % sure`;
  }

  // Scroll the pane of an element, and not the page, so that the element is seen.
  reveal(element) {
    const pane = element.closest("#picture, #text");
    const inner = element.getBoundingClientRect();
    const outer = pane.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      pane.scrollTop += inner.top - outer.top - outer.height / 2;
    }
    if (inner.left < outer.left || inner.right > outer.right) {
      pane.scrollLeft += inner.left - outer.left - outer.width / 2;
    }
  }

  // Arrow keys go from word to word in the order of the text that is shown.
  step(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by || event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const keys = [...this.text.querySelectorAll(".word")].map((element) => element.dataset.key);
    if (keys.length) {
      const at = this.chosen ? keys.indexOf(this.chosen) + by : 0;
      this.choose(keys[Math.min(keys.length - 1, Math.max(0, at))], true);
      event.preventDefault();
    }
  }

  get isText() {
    return this.formats[this.format.value].is_text;
  }

  updateCopy() {
    this.copy.disabled = !this.isText;
    this.copy.title = this.isText ? "" : "Not a format of text: download it.";
  }

  async copyResult() {
    await copyText(await (await api.result(this.row, this.format.value)).text());
    this.announce(`${this.row.name} is copied as ${this.format.value}.`);
    this.word.textContent = `Copied as ${this.format.value}.`;
  }

  async save() {
    const response = await api.result(this.row, this.format.value);
    saveAs(await response.blob(), `${this.row.name}.${this.formats[this.format.value].suffix}`);
  }

  async attempt(action) {
    this.trouble.hidden = true;
    try {
      await action();
    } catch (error) {
      this.trouble.textContent = error.message;
      this.trouble.hidden = false;
    }
  }

  forgetPicture() {
    if (this.link) {
      URL.revokeObjectURL(this.link);
      this.link = this.sheet = null;
    }
  }
}

function box(polygon, kind) {
  const element = document.createElementNS(SVG, "polygon");
  element.setAttribute("points", polygon.map(([x, y]) => `${x},${y}`).join(" "));
  element.setAttribute("class", kind);
  return element;
}

// The clipboard is there on this machine and over TLS alone; elsewhere what is selected can be copied.
async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000 * LINK_SECONDS);
}
