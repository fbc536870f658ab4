// Asking the server. Three things can come back beside an answer, and each means something else to the tablet: nobody
// answers (go on without), nobody is signed in (go on, and say so), this tablet was revoked (wipe).

export class Offline extends Error {}
export class Gone extends Error {}

/** The server answered, and not as hoped: {status, signIn, body}. */
export class Refused extends Error {
  constructor(status, body) {
    super(body.what || String(status));
    [this.status, this.body, this.signIn] = [status, body, body.signIn || ""];
  }
}

/** Milliseconds after which an answer that does not come is not waited for. */
const PATIENCE = 20000;
let [token, tablet, touched] = ["", "", false];

/** What some work brings within so many milliseconds; later it is as if nobody had answered. */
export const within = (work, patience = PATIENCE) =>
  Promise.race([work, new Promise((_, reject) => setTimeout(() => reject(new Offline()), patience))]);

/**
 * From here on this tablet asks ("" for none). Its name goes with every question, so that it hears that it was taken out
 * of use whoever is signed in here, and also where nobody is.
 */
export const askAs = (name) => { tablet = name; };

/** A hand was on the screen: the next question says so. Without one nobody uses the session at the desk. */
export const touch = () => { touched = true; };

const whoAsks = () => ({ ...(tablet && { "X-Tablet": tablet }), ...(touched && { "X-Touched": "yes" }) });

async function answered(path, { patience = PATIENCE, headers = {}, ...options }) {
  const limit = AbortSignal.timeout(patience);
  const more = { credentials: "same-origin", cache: "no-store", signal: limit, headers: { ...headers, ...whoAsks() } };
  const answer = await fetch(path, { ...more, ...options }).catch(() => {
    throw new Offline();
  });
  touched = false;
  const text = await answer.text().catch(() => {
    throw new Offline();
  });
  const body = read(text);
  if (answer.status === 410) {
    throw new Gone();
  }
  if (body === null) {
    throw answer.status >= 500 ? new Offline() : new Refused(answer.status, {});
  }
  if (!answer.ok) {
    throw new Refused(answer.status, body);
  }
  token = body.csrf || token;
  return body;
}

function read(text) {
  try {
    const found = JSON.parse(text);
    return found && typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}

/** What the server answers to a text or to plain values, within so many milliseconds. Throws Offline, Gone or Refused. */
export async function post(path, value, patience) {
  if (!token) {
    await answered("/table/token/", { patience });
  }
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const send = () => answered(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body, patience });
  try {
    return await send();
  } catch (fault) {
    if (!(fault instanceof Refused && fault.status === 403 && fault.body.csrf)) {
      throw fault;
    }
    token = fault.body.csrf;
    return send();
  }
}
