"use strict";
(() => {
  const section = document.getElementById("verdicts");
  const table = section && section.querySelector("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const form = section.querySelector("form");
  const said = form.querySelector("output");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  const show = () => {
    const words = form.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = form.kind.value;
    let shown = 0;
    for (const row of rows) {
      const fails = row.dataset.holds === "0";
      const meant = kind === "" || row.dataset.kind === kind || (fails && (kind === "claim" || kind === "fails"));
      row.hidden = !(meant && words.every((word) => texts.get(row).includes(word)));
      shown += !row.hidden;
    }
    said.textContent = `${shown} of ${rows.length} shown`;
  };

  const key = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };

  // What has no number stays at the end, whichever way the others are sorted.
  const compare = (a, b, sign) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b));
  };

  const headings = Array.from(table.tHead.rows[0].cells);
  const sort = (column) => {
    const up = headings[column].getAttribute("aria-sort") !== "ascending";
    headings.forEach((heading) => heading.removeAttribute("aria-sort"));
    headings[column].setAttribute("aria-sort", up ? "ascending" : "descending");
    const keys = new Map(rows.map((row) => [row, key(row, column)]));
    rows.sort((a, b) => compare(keys.get(a), keys.get(b), up ? 1 : -1));
    body.append(...rows);
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(column));
    heading.replaceChildren(button);
  });
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  show();

  // On paper everything is open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));
})();
