// Colours that mean the same in every viewer: a scale of values, and the kinds of residues.
(() => {
  "use strict";

  const VIRIDIS = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"]
    .map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));

  /** [red, green, blue] of a share from 0 to 1. */
  function viridis(share) {
    const at = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
    const low = Math.min(Math.floor(at), VIRIDIS.length - 2);
    return VIRIDIS[low].map((value, i) => Math.round(value + (at - low) * (VIRIDIS[low + 1][i] - value)));
  }

  const CLASSES = {
    hydrophobic: "AVLIMC",
    aromatic: "FWY",
    polar: "STNQ",
    positive: "KRH",
    negative: "DE",
    special: "GP",
  };
  const RESIDUE_COLOURS = {
    hydrophobic: "#a8935a", aromatic: "#8f6bb3", polar: "#4c9a6a", positive: "#3f74c4", negative: "#cc5448",
    special: "#c98a2e", other: "#8a857a", A: "#4c9a6a", C: "#3f74c4", G: "#c98a2e", T: "#cc5448", U: "#cc5448",
  };
  const THREE_LETTERS = {
    ALA: "A", ARG: "R", ASN: "N", ASP: "D", CYS: "C", GLN: "Q", GLU: "E", GLY: "G", HIS: "H", ILE: "I", LEU: "L",
    LYS: "K", MET: "M", PHE: "F", PRO: "P", SER: "S", THR: "T", TRP: "W", TYR: "Y", VAL: "V", MSE: "M",
  };

  /** The property of an amino acid, by its letter; "other" for the unknown. */
  const residueClass = (letter) =>
    Object.keys(CLASSES).find((name) => CLASSES[name].includes(letter.toUpperCase())) ?? "other";

  /** For DNA and RNA the class is the base itself. */
  function letterClass(letter, alphabet) {
    const upper = letter.toUpperCase();
    if (alphabet === "protein") return residueClass(upper);
    return "ACGTU".includes(upper) ? upper : "other";
  }

  Object.assign(window.sciview, { viridis, CLASSES, RESIDUE_COLOURS, THREE_LETTERS, residueClass, letterClass });
})();
