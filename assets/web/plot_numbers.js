// Numbers as a scientist writes them: powers of ten where they are needed, and a minus that is one.
(() => {
  "use strict";

  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  const signed = (text) => text.replace("-", "−");

  function power(value) {
    if (value === 0) return "0";
    const [mantissa, exponent] = value.toExponential(2).split("e");
    const raised = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[digit]).join("");
    const ten = `10${exponent < 0 ? "⁻" : ""}${raised}`;
    return Number(mantissa) === 1 ? ten : `${signed(String(Number(mantissa)))}×${ten}`;
  }

  const isExtreme = (size) => size !== 0 && (size >= 1e5 || size < 1e-3);

  /** All numbers of an axis in the same way. */
  const axisNumbers = (isLog) => (_, splits) => {
    const known = splits.filter((value) => value !== null);
    const step = known.length > 1 ? Math.abs(known[1] - known[0]) : 0;
    const digits = Math.min(Math.max(-Math.floor(Math.log10(step || 1) + 1e-9), 0), 6);
    const largest = Math.max(0, ...known.map(Math.abs));
    return splits.map((value) => {
      if (value === null) return "";
      if (isLog) return isExtreme(value) ? power(value) : signed(String(Number(value.toPrecision(3))));
      return isExtreme(largest) ? power(value) : signed(value.toFixed(digits));
    });
  };

  const written = (value) =>
    isExtreme(Math.abs(value)) ? power(value) : signed(String(Number(value.toPrecision(5))));

  Object.assign(window.sciview, { axisNumbers, written });
})();
