// Sorts a table by the column whose heading is pressed: numbers by value, others by letters.
for (const table of document.querySelectorAll("table.sortable"))
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = row => {
        const text = row.children[column].textContent.replace("up to ", "").replaceAll(",", "");
        const number = parseFloat(text);
        return Number.isNaN(number) ? text : number;
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (typeof x === "number" && typeof y === "number") return x - y;
        return (typeof x === "number" ? -1 : typeof y === "number" ? 1 : x.localeCompare(y));
      });
      table.tBodies[0].append(...(up ? rows : rows.reverse()));
    });
  });
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(d => d.open = true));
if (location.hash) {
  const place = document.getElementById(location.hash.slice(1));
  const fold = place && place.closest("details");
  if (fold) { fold.open = true; place.scrollIntoView(); }
}
