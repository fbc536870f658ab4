// For the page that one sees after signing out: what this tablet carried goes at once. What was not sent yet stays, sealed.

import { Store } from "./store.js";

await (await Store.open()).wipe();
