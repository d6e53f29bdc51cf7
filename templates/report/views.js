// Switches between the views of the page: the matrix, the findings or the changes.
// Needs elements.js, address.js, matrix.js and the files of the other views.
import { address, pageViews, state } from "./address.js";
import { byId, element } from "./elements.js";
import { draw } from "./matrix.js";
import { drawChanges } from "./view-changes.js";
import { drawFindings } from "./view-findings.js";

/** Show the view that the URL names, and the links to all views. */
export function showView() {
  byId("matrix").hidden = state.view !== "";
  byId("changes").hidden = state.view === "";
  byId("changes").setAttribute("aria-label", state.view === "findings" ? "Findings" : "Changes");
  for (const one of document.querySelectorAll(".of-matrix")) one.hidden = state.view !== "";
  const views = pageViews();
  byId("views").hidden = views.length === 1;
  byId("views").replaceChildren(...views.map(([view, text]) => element("a", {
    href: address({ view, at: "" }), "aria-current": view === state.view ? "page" : null,
  }, text)));
}

/** Draw the view with the present filters. */
export function drawView() {
  if (state.view === "changes") drawChanges();
  else if (state.view === "findings") drawFindings();
  else draw(true); // the matrix cannot be laid out while it is hidden
}
