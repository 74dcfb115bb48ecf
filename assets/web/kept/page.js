// A conversation that was kept as one file: its figures are drawn where they stand, from the data in the page.
// The libraries stand in the page as well, so there is nothing to load.
(() => {
  "use strict";

  const { kinds } = window.sciview;
  const values = JSON.parse(document.getElementById("kept-figures").textContent);
  for (const place of document.querySelectorAll("[data-figure]")) {
    const value = values[Number(place.dataset.figure)];
    place.replaceChildren(kinds[value.kind](value).element);
  }
})();
