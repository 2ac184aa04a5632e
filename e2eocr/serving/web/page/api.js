// What the page asks of its server. Every request shows the token, if there is one; so pictures are fetched too.

const RETRIES = 100;

export class Refused extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export function token() {
  return sessionStorage.getItem("token") ?? "";
}

export function keepToken(value) {
  sessionStorage.setItem("token", value);
}

function headers() {
  return token() ? { Authorization: `Bearer ${token()}` } : {};
}

function refusal(status, text, retryAfter) {
  let message = `The server has answered ${status}.`;
  try {
    message = JSON.parse(text).error.message;
  } catch {
    // A proxy in between answers in its own words.
  }
  return new Refused(status, message, Number(retryAfter) || 0);
}

export async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers: headers() });
  if (!response.ok) {
    throw refusal(response.status, await response.text(), response.headers.get("Retry-After"));
  }
  return response;
}

function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

// Ask again while the server is busy, in as many seconds as it says.
export async function patiently(action, onWait = () => {}) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await action();
    } catch (error) {
      if (error.status !== 429 || tries === RETRIES) {
        throw error;
      }
      onWait();
      await pause(error.retryAfter || 2);
    }
  }
}

// Send files as one order; `onProgress` is told the part that is sent, from 0 to 1.
export function send(files, password, onProgress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const file of files) {
      form.append("files", file, file.name);
    }
    if (password) {
      form.append("password", password);
    }
    const request = new XMLHttpRequest(); // fetch tells nothing of what is sent
    request.open("POST", "documents");
    for (const [name, value] of Object.entries(headers())) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        onProgress(event.loaded / event.total);
      }
    });
    request.addEventListener("load", () => {
      if (request.status === 202) {
        resolve(JSON.parse(request.responseText));
      } else {
        reject(refusal(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      }
    });
    request.addEventListener("error", () => reject(new Refused(0, "The server cannot be reached.", 0)));
    request.send(form);
  });
}

// Follow an order to its end; `onState` is told each state.
export async function follow(id, onState) {
  const response = await patiently(() => ask(`documents/${id}/events`));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    text += value;
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) {
      const data = /^event: state\ndata: (.*)$/.exec(event);
      if (data) {
        onState(JSON.parse(data[1]));
      }
    }
  }
}

// The state of an order, where its stream has broken off.
export async function look(id) {
  return (await ask(`documents/${id}`)).json();
}

export function drop(id) {
  return ask(`documents/${id}`, { method: "DELETE" });
}

export function result(shown, format) {
  return patiently(() => ask(`documents/${shown.order}/${shown.number}/${format}`));
}

export async function picture(shown, page) {
  const response = await patiently(() => ask(`documents/${shown.order}/${shown.number}/pages/${page}`));
  return URL.createObjectURL(await response.blob());
}

export function archive(id, format) {
  return patiently(() => ask(`documents/${id}/archive?format=${encodeURIComponent(format)}`));
}
