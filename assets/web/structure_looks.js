// How a structure is drawn: its style, what its colours mean, its unit cell, the residues that matter.
(() => {
  "use strict";

  const { RESIDUE_COLOURS, THREE_LETTERS, residueClass, CLASSES, viridis, colourOf } = window.sciview;
  const STICK = 0.16;
  const BALL = { stick: { radius: 0.13 }, sphere: { scale: 0.24 } };
  const WATERS = ["HOH", "WAT", "DOD", "H2O"];
  const NOT_WATER = { not: { resn: WATERS } };
  const CHAINS = ["#2a9d8f", "#4f6fd0", "#d08c2e", "#b8577f", "#7a9a3c", "#8a6bc0", "#c05c44", "#4a9ec4"];
  const FOLDS = { h: "#c0506e", s: "#d9a13b", c: "#8f9aa3" };
  // The bands and colours that the AlphaFold database uses.
  const PLDDT = [[90, "#0053d6", "> 90"], [70, "#65cbf3", "70–90"], [50, "#ffdb13", "50–70"], [-Infinity, "#ff7d45", "< 50"]];
  const FIRST_NAMES = 10; // of a legend
  const MAX_LABELS = 3; // more would hide what they name; the legend has them all

  const hex = (number) => `#${number.toString(16).padStart(6, "0")}`;
  const rgb = (parts) => `rgb(${parts.join(",")})`;

  /** {styles, colours, chosen, dress(), legend(), nameOf(atom)} of a model that has been added to view. */
  function structureLooks(view, model, value, element) {
    const { words, meta } = value;
    const atoms = model.selectedAtoms({});
    const isPolymer = atoms.some((atom) => !atom.hetflag && (atom.atom === "CA" || atom.atom === "P") && atom.resn in THREE_LETTERS)
      || atoms.some((atom) => atom.atom === "P" && !atom.hetflag);
    const colouring = colourings(atoms, words);
    const usual = isPolymer ? "cartoon" : "ball_and_stick";
    const looks = {
      styles: [...(isPolymer ? ["cartoon"] : []), "ball_and_stick", "stick", "sphere", "line", "surface"],
      colours: isPolymer ? Object.keys(colouring) : ["element"],
      chosen: { style: usual, colour: isPolymer ? "chain" : "element" },
      legend: () => [...colouring[looks.chosen.colour].legend(), ...highlighted(view, meta, colourOf(element, "--bs-accent"))],
      nameOf: (atom) => nameOf(atom, words),
      dress() {
        const { style, colour } = looks.chosen;
        dress(view, model, style, colouring[colour].of, isPolymer);
        highlight(view, meta.highlight ?? [], colourOf(element, "--bs-accent"), colourOf(element, "--bs-stage"));
        if (meta.cell) drawCell(view, model, colourOf(element, "--bs-soft"));
        view.render();
      },
    };
    if (looks.styles.includes(meta.style)) looks.chosen.style = meta.style;
    if (looks.colours.includes(meta.color_by)) looks.chosen.colour = meta.color_by;
    if (meta.replicate?.some((times) => times > 1)) view.replicateUnitCell(...meta.replicate, model);
    return looks;
  }

  function dress(view, model, style, colourfunc, isPolymer) {
    view.removeAllSurfaces();
    view.setStyle({}, {});
    const all = { ...NOT_WATER };
    const rest = { hetflag: true, ...NOT_WATER };
    const elements = { colorscheme: "Jmol" };
    if (style === "cartoon") {
      view.setStyle({ hetflag: false }, { cartoon: { colorfunc: colourfunc } });
      view.setStyle(rest, { stick: { radius: STICK, ...elements }, sphere: { scale: 0.24, ...elements } });
    } else if (style === "ball_and_stick") {
      view.setStyle(all, { stick: { ...BALL.stick, colorfunc: colourfunc }, sphere: { ...BALL.sphere, colorfunc: colourfunc } });
    } else if (style === "stick") view.setStyle(all, { stick: { radius: STICK, colorfunc: colourfunc } });
    else if (style === "sphere") view.setStyle(all, { sphere: { colorfunc: colourfunc } });
    else if (style === "line") view.setStyle(all, { line: { colorfunc: colourfunc } });
    else {
      const inside = isPolymer ? { hetflag: false } : all;
      view.setStyle(isPolymer ? rest : all, { stick: { radius: STICK, ...elements } });
      view.addSurface(window.$3Dmol.SurfaceType.VDW, { opacity: isPolymer ? 0.9 : 0.7, colorfunc: colourfunc }, inside);
    }
  }

  const residueName = (atom) => `${atom.resn} ${atom.resi}`;

  function highlight(view, residues, colour, background) {
    view.removeAllLabels();
    for (const { chain, residue, label } of residues) {
      const place = chain ? { chain, resi: residue } : { resi: residue };
      view.addStyle(place, { stick: { radius: 0.22, color: colour } });
      const [atom] = view.selectedAtoms(place);
      if (!atom || residues.length > MAX_LABELS) continue;
      view.addLabel(label ?? residueName(atom), { fontSize: 11, fontColor: colour, backgroundColor: background,
        backgroundOpacity: 0.75, inFront: true, alignment: "bottomCenter", screenOffset: { x: 0, y: -10 } }, place);
    }
  }

  /** For the legend: the residues that matter, in one entry. */
  function highlighted(view, meta, colour) {
    const names = (meta.highlight ?? []).flatMap(({ chain, residue }) =>
      view.selectedAtoms(chain ? { chain, resi: residue } : { resi: residue }).slice(0, 1).map(residueName));
    return names.length ? [[colour, names.slice(0, FIRST_NAMES).join(", ") + (names.length > FIRST_NAMES ? " …" : "")]] : [];
  }

  function drawCell(view, model, colour) {
    view.removeUnitCell(model);
    view.addUnitCell(model, {
      box: { color: colour }, alabel: "a", blabel: "b", clabel: "c",
      ...Object.fromEntries(["a", "b", "c"].map((axis) => [`${axis}style`, { color: colour, radius: 0.06, radiusRatio: 3 }])),
      ...Object.fromEntries(["a", "b", "c"].map((axis) => [`${axis}labelstyle`, { fontSize: 13, fontColor: colour, backgroundOpacity: 0 }])),
    });
  }

  /** By name: the colour of an atom, and pairs for the legend. */
  function colourings(atoms, words) {
    const shown = atoms.filter((atom) => !WATERS.includes(atom.resn));
    const chains = [...new Set(shown.map((atom) => atom.chain))];
    const chainColour = (chain) => CHAINS[chains.indexOf(chain) % CHAINS.length];
    const factors = shown.map((atom) => atom.b).filter(Number.isFinite).sort((a, b) => a - b);
    const low = factors[Math.floor(0.02 * factors.length)] ?? 0;
    const high = factors[Math.floor(0.98 * factors.length)] ?? 1;
    const scale = factors.length && factors.at(-1) <= 1 ? 100 : 1; // some programs write pLDDT as a share
    const rainbow = alongChains(shown);
    const foldOf = (atom) => FOLDS[atom.ss] ?? FOLDS.c;
    const classOf = (atom) => residueClass(THREE_LETTERS[atom.resn] ?? "");
    const elementColour = (atom) => {
      const colours = window.$3Dmol.elementColors.Jmol;
      return hex(colours[atom.elem] ?? colours[atom.elem?.toUpperCase()] ?? 0xff1493);
    };
    const elements = [...new Map(shown.map((atom) => [atom.elem, atom])).values()];
    return {
      spectrum: {
        of: (atom) => rgb(viridis(rainbow(atom))),
        legend: () => [[rgb(viridis(0)), words.first_residue], [rgb(viridis(1)), words.last_residue]],
      },
      chain: {
        of: (atom) => chainColour(atom.chain),
        legend: () => (chains.length > 1 ? chains.slice(0, FIRST_NAMES).map((chain) => [chainColour(chain), `${words.chain} ${chain}`]) : []),
      },
      secondary_structure: {
        of: foldOf,
        legend: () => [[FOLDS.h, words.helix], [FOLDS.s, words.strand], [FOLDS.c, words.coil]],
      },
      residue: {
        of: (atom) => RESIDUE_COLOURS[classOf(atom)],
        legend: () => Object.keys(CLASSES).map((name) => [RESIDUE_COLOURS[name], words[`residue_${name}`]]),
      },
      bfactor: {
        of: (atom) => rgb(viridis((atom.b - low) / (high - low || 1))),
        legend: () => [0, 0.5, 1].map((share) => [rgb(viridis(share)), `${(low + share * (high - low)).toFixed(0)} Å²`]),
      },
      plddt: {
        of: (atom) => PLDDT.find(([least]) => scale * (atom.b ?? 0) >= least)[1],
        legend: () => PLDDT.map(([, colour, range], i) => [colour, `${words[`plddt_${i}`]} (${range})`]),
      },
      element: {
        of: elementColour,
        legend: () => elements.slice(0, FIRST_NAMES).map((atom) => [elementColour(atom), atom.elem]),
      },
    };
  }

  /** How far along its chain an atom's residue is, from 0 to 1. */
  function alongChains(atoms) {
    const ends = new Map();
    for (const { chain, resi, hetflag } of atoms) {
      if (hetflag) continue;
      const [first, last] = ends.get(chain) ?? [resi, resi];
      ends.set(chain, [Math.min(first, resi), Math.max(last, resi)]);
    }
    return ({ chain, resi }) => {
      const [first, last] = ends.get(chain) ?? [resi, resi];
      return Math.min(1, Math.max(0, (resi - first) / (last - first || 1)));
    };
  }

  function nameOf(atom, words) {
    if (!atom.resn) return `${atom.elem} · ${words.atom.replace("{index}", atom.index)}`;
    const chain = atom.chain?.trim();
    return [residueName(atom), atom.atom, chain && `${words.chain} ${chain}`].filter(Boolean).join(" · ");
  }

  Object.assign(window.sciview, { structureLooks });
})();
