// For the page that one sees after signing out: what this tablet carried goes at once, and every open page forgets its
// key. What was not sent yet stays, sealed.

import { Store, WIPED } from "./store.js";

await (await Store.open()).wipe();
new BroadcastChannel(WIPED).postMessage("signed_out");
