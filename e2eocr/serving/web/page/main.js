// The page as a whole: colours, the token, and where documents come from.

import * as api from "./api.js";
import { Files } from "./files.js";
import { Viewer, saveAs } from "./viewer.js";

const at = (id) => document.getElementById(id);

function announce(text) {
  at("announcer").textContent = text;
}

function setTheme(name) {
  if (name) {
    document.documentElement.dataset.theme = name;
    localStorage.setItem("theme", name);
  } else {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem("theme");
  }
}

function listenForTheme() {
  at("theme").value = localStorage.getItem("theme") ?? "";
  setTheme(at("theme").value);
  at("theme").addEventListener("change", (event) => setTheme(event.target.value));
}

function askForToken(message = "") {
  at("access").hidden = false;
  at("intake").hidden = true;
  at("access-error").textContent = message;
  at("token").focus();
}

function listenForToken(limits) {
  at("access").addEventListener("submit", (event) => {
    event.preventDefault();
    api.keepToken(at("token").value);
    at("access").hidden = true;
    at("intake").hidden = false;
  });
  if (limits.token_needed && !api.token()) {
    askForToken();
  }
}

function listenForFiles(take) {
  at("files").addEventListener("change", (event) => {
    take([...event.target.files]);
    event.target.value = "";
  });
  at("lock").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length) {
      event.preventDefault();
      take(files.map((file) => new File([file], pastedName(file), { type: file.type })));
    }
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    at("drop").classList.add("over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      at("drop").classList.remove("over");
    }
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    at("drop").classList.remove("over");
    take([...event.dataTransfer.files]);
  });
}

let pasted = 0;

// Screenshots have no name of their own, or all have the same one.
function pastedName(file) {
  pasted += 1;
  const suffix = /\.\w+$/.exec(file.name)?.[0] ?? ".png";
  return `pasted-${pasted}${suffix}`;
}

async function saveAll(files, format) {
  for (const id of files.orders) {
    const response = await api.archive(id, format);
    saveAs(await response.blob(), "results.zip");
  }
}

// What needs the server's word on its limits: the documents and the viewer.
async function start() {
  const limits = await (await api.ask("limits")).json();
  const mebibytes = Math.floor(limits.max_upload / 1048576);
  const minutes = Math.round(limits.keep / 60);
  at("bounds").textContent = `Up to ${mebibytes} MiB; results are kept for ${minutes} minutes.`;
  const viewer = new Viewer(limits, announce);
  const files = new Files(limits, {
    announce,
    onShow: (row) => viewer.show(row),
    onUnauthorized: () => askForToken("This token does not fit."),
  });
  listenForToken(limits);
  at("clear").addEventListener("click", () => {
    viewer.close();
    files.clear();
    announce("All documents are removed.");
  });
  at("archive").addEventListener("click", () => viewer.attempt(() => saveAll(files, at("format").value)));
  return files;
}

function tellTrouble(error) {
  const note = document.createElement("p");
  note.className = "error";
  note.textContent = `The server cannot be reached: ${error.message}`;
  document.querySelector("main").prepend(note);
}

listenForTheme();
const started = start();
started.catch(tellTrouble);
// At once: a browser would open a file that is dropped and not taken.
listenForFiles((some) => started.then((files) => files.add(some, at("password").value), () => {}));
