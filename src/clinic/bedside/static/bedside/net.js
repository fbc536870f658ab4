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
let token = "";

async function answered(path, options) {
  const limit = AbortSignal.timeout(PATIENCE);
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", signal: limit, ...options }).catch(() => {
    throw new Offline();
  });
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

/** Who is signed in here: {user, csrf}. */
export const whoIsThere = () => answered("/table/token/", {});

/** What the server answers to a text or to plain values. Throws Offline, Gone or Refused. */
export async function post(path, value) {
  if (!token) {
    await whoIsThere();
  }
  const body = typeof value === "string" ? value : JSON.stringify(value);
  const send = () => answered(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token }, body });
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
