// What was said and is not yet with the server. Kept in IndexedDB, photos too, so that a lost
// connection, a reload or an empty battery loses nothing. Sent strictly in order, one at a time;
// every entry carries its own id, so sending it twice changes nothing.

import { NoAnswer, say, sendPhoto } from "./wire.js";

const PAUSES_MS = [1000, 2000, 4000, 8000, 15000, 30000];

/** A fresh id for a message: 21 letters of [0-9a-z], enough that no two ever meet. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(21));
  return Array.from(bytes, (byte) => "0123456789abcdefghijklmnopqrstuvwxyz"[byte % 36]).join("");
}

/** The browser's small database, or null where it is switched off (private windows): then memory must do. */
function openStore() {
  return new Promise((done) => {
    try {
      const request = indexedDB.open("soxanh", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "order" });
      request.onsuccess = () => done(request.result);
      request.onerror = request.onblocked = () => done(null);
    } catch (wrong) {
      done(null);
    }
  });
}

function inStore(store, mode, work) {
  return new Promise((done) => {
    if (!store) return done(null);
    try {
      const transaction = store.transaction("waiting", mode);
      const request = work(transaction.objectStore("waiting"));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => done(null);
    } catch (wrong) {
      done(null);
    }
  });
}

/**
 * tell.waiting(entry), tell.sending(entry), tell.progress(entry, share), tell.sent(entry), tell.refused(entry, says),
 * tell.connection(up): how the page hears of it.
 */
export class Outbox {
  constructor(tell) {
    this.tell = tell;
    this.entries = [];
    this.store = null;
    this.busy = false;
    this.failures = 0;
    this.timer = null;
    window.addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.hurry();
    });
  }

  /** Take up what an earlier visit could not send. Returns those entries, oldest first. */
  async restore() {
    this.store = await openStore();
    const kept = await inStore(this.store, "readonly", (store) => store.getAll());
    this.entries = (kept || []).concat(this.entries);
    return this.entries.slice();
  }

  /** Add one entry {id, text | token | place | photo} and send as soon as may be. */
  async put(entry) {
    entry.order = Date.now() + Math.random();
    entry.at = new Date().toISOString();
    this.entries.push(entry);
    this.tell.waiting(entry);
    await inStore(this.store, "readwrite", (store) => store.put(entry));
    this.run();
  }

  /** Try again now instead of at the end of the pause. */
  hurry() {
    clearTimeout(this.timer);
    this.timer = null;
    this.run();
  }

  async run() {
    if (this.busy || this.timer) return;
    this.busy = true;
    try {
      while (this.entries.length && (await this.sendFirst()));
    } finally {
      this.busy = false;
    }
  }

  async sendFirst() {
    const entry = this.entries[0];
    this.tell.sending(entry);
    try {
      if (entry.photo) await sendPhoto(entry.photo, (share) => this.tell.progress(entry, share));
      else await say(sayingOf(entry));
    } catch (wrong) {
      if (wrong instanceof NoAnswer || wrong.retryMs) return this.later(wrong);
      if (wrong.status === undefined) throw wrong;
      await this.drop(entry);
      this.tell.refused(entry, wrong.says);
      return true;
    }
    this.failures = 0;
    await this.drop(entry);
    this.tell.connection(true);
    this.tell.sent(entry);
    return true;
  }

  later(wrong) {
    const pause = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)];
    this.failures += 1;
    this.tell.connection(false, wrong.says || "");
    this.timer = setTimeout(() => this.hurry(), Math.max(pause, wrong.retryMs || 0));
    return false;
  }

  async drop(entry) {
    this.entries.splice(this.entries.indexOf(entry), 1);
    await inStore(this.store, "readwrite", (store) => store.delete(entry.order));
  }
}

function sayingOf(entry) {
  if (entry.token) return { id: entry.id, token: entry.token };
  if (entry.place) return { id: entry.id, place: entry.place };
  return { id: entry.id, text: entry.text };
}
