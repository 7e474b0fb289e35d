/** What went wrong, told to the artist in one line. */

import { t } from "./i18n.js";
import { Refusal } from "./net.js";
import { toast } from "./toast.js";

/** @param {unknown} error */
export function complain(error) {
  if (error instanceof Refusal && error.status === 0) toast(t("toast.offline"));
  else if (error instanceof Refusal && error.status === 401) toast(t("toast.token"));
  else toast(error instanceof Error ? error.message : String(error));
}
