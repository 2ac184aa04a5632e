// The documents of this visit: what was dropped, pasted or chosen, how far each is, and which is shown.

import * as api from "./api.js";

const STATES = { waiting: "waiting", reading: "being read", ok: "read", partial: "read in part", failed: "not read" };

export class Files {
  constructor(limits, { onShow, onUnauthorized, announce }) {
    this.limits = limits;
    this.onShow = onShow;
    this.onUnauthorized = onUnauthorized;
    this.announce = announce;
    this.rows = [];
    this.orders = new Set();
    this.section = document.getElementById("documents");
    this.list = document.getElementById("list");
  }

  // Take files in, as many to an order as the server allows.
  add(files, password) {
    let group = [];
    let size = 0;
    const groups = [];
    for (const file of files) {
      if (file.size > this.limits.max_upload) {
        const mebibytes = Math.floor(this.limits.max_upload / 1048576);
        this.fail([this.row(file.name)], `larger than ${mebibytes} MiB, which is all that the server takes`);
        continue;
      }
      if (group.length === this.limits.max_files || size + file.size > this.limits.max_upload) {
        groups.push(group);
        group = [];
        size = 0;
      }
      group.push({ file, row: this.row(file.name) });
      size += file.size;
    }
    groups.push(group);
    for (const each of groups.filter((some) => some.length)) {
      this.read(each, password);
    }
  }

  async read(group, password) {
    const rows = group.map((each) => each.row);
    const files = group.map((each) => each.file);
    const say = (text, part) => rows.forEach((row) => row.tell("waiting", text, part));
    try {
      const send = () => api.send(files, password, (part) => say("being sent", part));
      const order = await api.patiently(send, () => say("waiting for room on the server"));
      this.orders.add(order.id);
      rows.forEach((row, at) => row.belongTo(order.id, at + 1));
      await this.follow(order, rows);
    } catch (error) {
      this.fail(rows.filter((row) => !row.isDone), error.message);
      if (error.status === 401) {
        this.onUnauthorized();
      }
    }
  }

  async follow(order, rows) {
    let last = order;
    const tell = (state) => {
      last = state;
      state.documents.forEach((each, at) => this.update(rows[at], each));
    };
    tell(order);
    while (last.status !== "done") {
      try {
        await api.follow(order.id, tell);
      } finally {
        if (last.status !== "done" && this.orders.has(order.id)) {
          tell(await api.look(order.id));
        }
      }
      if (!this.orders.has(order.id)) {
        return;
      }
    }
  }

  update(row, state) {
    if (row.isDone) {
      return;
    }
    const pages = state.pages === 1 ? "1 page" : `${state.pages ?? 0} pages`;
    const texts = {
      waiting: STATES.waiting,
      reading: `page ${state.pages_begun} of ${state.pages} is being read`,
      ok: `${pages} read`,
      partial: `read in part: ${state.error?.message ?? ""}`,
      failed: state.error?.message ?? STATES.failed,
    };
    const part = state.pages ? state.pages_begun / (state.pages + 1) : null;
    row.tell(state.status, texts[state.status], part);
    if (row.isDone) {
      this.announce(`${row.name}: ${texts[state.status]}`);
      if (row.hasResults && !this.shown) {
        this.show(row);
      }
    }
  }

  fail(rows, message) {
    for (const row of rows) {
      row.tell("failed", message, null);
      this.announce(`${row.name}: ${message}`);
    }
  }

  row(name) {
    const row = new Row(name, () => this.show(row));
    this.rows.push(row);
    this.list.append(row.element);
    this.section.hidden = false;
    return row;
  }

  show(row) {
    this.shown = row;
    for (const each of this.rows) {
      each.element.classList.toggle("chosen", each === row);
    }
    this.onShow(row);
  }

  async clear() {
    const ids = [...this.orders];
    this.orders.clear();
    this.rows = [];
    this.shown = null;
    this.list.replaceChildren();
    this.section.hidden = true;
    await Promise.allSettled(ids.map((id) => api.drop(id)));
  }
}

class Row {
  constructor(name, onShow) {
    this.name = name;
    this.status = "waiting";
    this.element = document.createElement("li");
    const title = document.createElement("span");
    title.className = "name";
    title.dir = "auto";
    title.textContent = name;
    this.state = document.createElement("span");
    this.state.className = "state";
    this.state.textContent = "waiting";
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = "Show";
    this.button.setAttribute("aria-label", `Show ${name}`);
    this.button.hidden = true;
    this.button.addEventListener("click", onShow);
    this.progress = document.createElement("progress");
    this.progress.setAttribute("aria-label", `Progress of ${name}`);
    this.element.append(title, this.state, this.button, this.progress);
  }

  get isDone() {
    return ["ok", "partial", "failed"].includes(this.status);
  }

  get hasResults() {
    return ["ok", "partial"].includes(this.status);
  }

  belongTo(order, number) {
    this.order = order;
    this.number = number;
  }

  tell(status, text, part) {
    this.status = status;
    this.element.classList.remove("waiting", "reading", "ok", "partial", "failed");
    this.element.classList.add(status);
    this.state.textContent = text;
    this.progress.hidden = this.isDone;
    this.button.hidden = !this.hasResults;
    if (part === null || part === undefined) {
      this.progress.removeAttribute("value");
    } else {
      this.progress.value = part;
    }
  }
}
