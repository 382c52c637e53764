// The wire to the server: history, the stream of new lines, and what we say. It knows nothing of the page.

/** A request the server answered with a refusal. `says` is for the person, `retryMs` > 0 when it may be sent again. */
export class Refused extends Error {
  constructor(status, says, retryMs) {
    super("refused " + status);
    this.status = status;
    this.says = says;
    this.retryMs = retryMs;
  }
}

/** No answer came: no network, or the server is away. May be sent again. */
export class NoAnswer extends Error {}

const MAY_REPEAT = [408, 425, 429, 500, 502, 503, 504];

function refusedBy(status, header, body) {
  let says = "Em chưa nhận được. Anh/chị thử lại giúp em nhé.";
  try {
    says = JSON.parse(body).says || says;
  } catch (wrong) {
    // a proxy's own error page: the sentence above serves
  }
  const after = Number(header) || 3;
  return new Refused(status, says, MAY_REPEAT.includes(status) ? after * 1000 : 0);
}

async function asked(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (lost) {
    throw new NoAnswer();
  }
  const body = await answer.text().catch(() => {
    throw new NoAnswer();
  });
  if (!answer.ok) throw refusedBy(answer.status, answer.headers.get("Retry-After"), body);
  return JSON.parse(body);
}

/** Ask once; when the session is gone, open a new one (the page hands out the cookie) and ask again. */
async function askedInSession(ask) {
  try {
    return await ask();
  } catch (wrong) {
    if (wrong.status !== 401) throw wrong;
    await fetch("/", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    return ask();
  }
}

export function history(after = "") {
  return askedInSession(() => asked("/chat/history" + (after ? "?after=" + after : "")));
}

/** Say one thing: {id, text} or {id, token} or {id, place}. */
export function say(saying) {
  const body = JSON.stringify(saying);
  const headers = { "Content-Type": "application/json" };
  return askedInSession(() => asked("/chat/say", { method: "POST", headers, body }));
}

/** Send one photo of an album; `progress` is told the sent share, 0 to 1. XHR, because fetch cannot tell. */
export function sendPhoto({ album, n, caption, file, name }, progress) {
  return askedInSession(
    () =>
      new Promise((done, failed) => {
        const form = new FormData();
        form.append("id", album);
        form.append("n", String(n));
        form.append("caption", caption);
        form.append("photo", file, name || "anh.jpg");
        const request = new XMLHttpRequest();
        request.open("POST", "/chat/photo");
        request.upload.onprogress = (event) => {
          if (event.lengthComputable) progress(event.loaded / event.total);
        };
        request.onerror = request.ontimeout = request.onabort = () => failed(new NoAnswer());
        request.onload = () => {
          if (request.status === 200) done(JSON.parse(request.responseText));
          else failed(refusedBy(request.status, request.getResponseHeader("Retry-After"), request.responseText));
        };
        request.timeout = 330000; // a little more than the server waits
        request.send(form);
      }),
  );
}

/**
 * Listen for new lines from `cursor` on, through lost connections.
 * `heard(line)` for each line, `state(up)` when the connection comes or goes.
 * Returns {catchUp}, which reads what the stream may have missed.
 */
export function listen(cursor, heard, state) {
  let source = null;
  let again = null;
  let pause = 1000;

  function later() {
    clearTimeout(again);
    again = setTimeout(start, pause);
    pause = Math.min(pause * 2, 30000);
  }

  function stop() {
    clearTimeout(again);
    if (source) source.close();
    source = null;
  }

  function start() {
    stop();
    source = new EventSource("/chat/events?after=" + cursor);
    source.onopen = () => {
      pause = 1000;
      state(true);
    };
    source.onmessage = (event) => {
      if (event.lastEventId) cursor = event.lastEventId;
      heard(JSON.parse(event.data));
    };
    // The server is restarting, or another tab of this browser needs the connection more.
    source.addEventListener("leave", (event) => {
      stop();
      if (event.data.includes("newer")) pause = 30000;
      if (document.visibilityState === "visible") later();
    });
    source.onerror = () => {
      state(false);
      if (source && source.readyState === 2) later(); // the browser has given up; it retries by itself otherwise
    };
  }

  async function catchUp() {
    try {
      const news = await history(cursor);
      cursor = news.cursor;
      news.lines.forEach(heard);
      state(true);
    } catch (wrong) {
      if (wrong instanceof NoAnswer) state(false);
    }
  }

  function comeBack() {
    if (document.visibilityState !== "visible") return;
    if (!source || source.readyState !== 1) start();
  }

  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("online", comeBack);
  window.addEventListener("pageshow", comeBack);
  start();
  return { catchUp };
}
