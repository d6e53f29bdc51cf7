// Switches between the views of the page: the matrix, the findings or the changes.
// Needs elements.js, address.js, matrix.js and the files of the other views.
import { inMatrix, inNames, state } from "./address.js";
import { byId } from "./elements.js";
import { draw } from "./matrix.js";
import { drawChanges } from "./view-changes.js";
import { drawFindings } from "./view-findings.js";

/** Show the view that the URL names, and the links to all views. */
export function showView() {
  byId("matrix").hidden = !inMatrix();
  byId("changes").hidden = inMatrix();
  byId("unknown").hidden = !inNames();
  byId("sought").textContent = inNames() ? "Name" : "Symbol";
  const rows = inNames() ? "Devices and machines" : "Symbols";
  byId("filters").setAttribute("aria-label", rows);
  byId("grid").setAttribute("aria-label", `${rows} by targets`);
  byId("changes").setAttribute("aria-label", state.view === "findings" ? "Findings" : "Changes");
  for (const one of document.querySelectorAll(".of-matrix")) one.hidden = !inMatrix();
  // Gained and lost are about the changes, too.
  byId("value").closest("label").hidden = state.view === "findings";
  for (const one of byId("views").children) {
    if (one.dataset.view === state.view) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

/** Draw the view with the present filters. */
export function drawView() {
  if (state.view === "changes") drawChanges();
  else if (state.view === "findings") drawFindings();
  else draw(true); // the matrix cannot be laid out while it is hidden
}
