/** Requests to the server: the token, errors as one line, pictures, downloads. */

const BASE = new URL("api/v1/", location.href.split("#")[0]);
const TOKEN = "irodori.token";

/** An answer that is a refusal; its message is for the artist. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 where nobody answered
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * The token from the address, kept for this browser and taken off the address bar.
 * @returns {string}
 */
export function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    localStorage.setItem(TOKEN, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return localStorage.getItem(TOKEN) ?? "";
}

/** @returns {WebSocket} */
export function liveSocket() {
  const url = new URL("live", BASE);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, ["irodori.v1", `token.${token()}`]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/**
 * One request; a busy server is asked again, as it says when.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {object | FormData | string} [body] an object goes as JSON
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function ask(method, path, body, options = {}) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${token()}` };
  let sent = /** @type {BodyInit | undefined} */ (undefined);
  if (body instanceof FormData || typeof body === "string") sent = body;
  else if (body) {
    headers["Content-Type"] = "application/json";
    sent = JSON.stringify(body);
  }
  for (let tries = 0; ; tries += 1) {
    const answer = await reach(new URL(path, BASE), { ...options, method, headers, body: sent });
    if (answer.ok) return answer;
    if (answer.status !== 503 || tries === 5) throw await refusal(answer);
    const pause = Math.min(5, Number(answer.headers.get("Retry-After")) || 1);
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
}

/**
 * @param {URL} url
 * @param {RequestInit} options
 */
async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Refusal("offline", 0);
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const content = await answer.json().catch(() => ({}));
  const message = typeof content.error === "string" ? content.error : answer.statusText;
  return new Refusal(message, answer.status);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function json(method, path, body) {
  const answer = await ask(method, path, body);
  return answer.status === 204 ? null : answer.json();
}

/**
 * @param {string} path
 * @returns {Promise<ImageBitmap>}
 */
export async function bitmap(path) {
  const answer = await ask("GET", path);
  return createImageBitmap(await answer.blob());
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * The file's name that an answer carries.
 * @param {Response} answer
 * @param {string} otherwise
 */
export function nameOf(answer, otherwise) {
  const header = answer.headers.get("Content-Disposition") ?? "";
  const coded = /filename\*=UTF-8''([^;]+)/i.exec(header);
  if (coded) return decodeURIComponent(coded[1]);
  return /filename="?([^";]+)"?/i.exec(header)?.[1] ?? otherwise;
}
