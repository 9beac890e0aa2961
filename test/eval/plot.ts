/** ROC curves as an SVG of its own: no script, no font but what is there, readable in black and white by dash and label. */
export interface Curve {
  readonly name: string;
  readonly auc: number;
  readonly points: readonly (readonly [number, number])[];
  /** Where the threshold lies. */
  readonly at: readonly [number, number];
}

const [left, top, size] = [64, 56, 400];
const x = (rate: number): string => (left + rate * size).toFixed(1);
const y = (rate: number): string => (top + size - rate * size).toFixed(1);
const inks = ["#0b5fa5", "#b3470b", "#4b2e83", "#1a7a3c"];
const dashes = ["", "7 4", "2 3", "10 3 2 3"];
const text = (value: string): string => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export const rocSvg = (title: string, curves: readonly Curve[]): string => {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.map(
    (tick) =>
      `<path d="M${x(tick)} ${y(0)}V${y(1)}M${x(0)} ${y(tick)}H${x(1)}" stroke="#ddd"/>` +
      `<text x="${x(tick)}" y="${top + size + 20}" text-anchor="middle">${tick}</text>` +
      `<text x="${left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${tick}</text>`,
  );
  const lines = curves.map(({ points, at }, i) => {
    const path = points.map(([fpr, recall], j) => `${j === 0 ? "M" : "L"}${x(fpr)} ${y(recall)}`).join("");
    return (
      `<path d="${path}" fill="none" stroke="${inks[i]}" stroke-width="2"${dashes[i] === "" ? "" : ` stroke-dasharray="${dashes[i]}"`}/>` +
      `<circle cx="${x(at[0])}" cy="${y(at[1])}" r="5" fill="${inks[i]}"/>`
    );
  });
  const legend = curves.map(
    ({ name, auc }, i) =>
      `<path d="M${left + size + 24} ${top + 14 + i * 40}h28" stroke="${inks[i]}" stroke-width="2"${dashes[i] === "" ? "" : ` stroke-dasharray="${dashes[i]}"`}/>` +
      `<text x="${left + size + 60}" y="${top + 18 + i * 40}">${text(name)}</text>` +
      `<text x="${left + size + 60}" y="${top + 34 + i * 40}" fill="#555">area ${auc.toFixed(3)}</text>`,
  );
  const width = left + size + 400;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top + size + 56}" width="${width}" role="img" aria-label="${text(title)}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${left}" y="28" font-size="15" font-weight="bold">${text(title)}</text>`,
    ...grid,
    `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#999" stroke-dasharray="4 4"/>`,
    ...lines,
    ...legend,
    `<text x="${left + size / 2}" y="${top + size + 42}" text-anchor="middle">good domains held (false positive rate)</text>`,
    `<text transform="translate(18 ${top + size / 2}) rotate(-90)" text-anchor="middle">bad domains held (recall)</text>`,
    `<text x="${left + size + 24}" y="${top + size}" fill="#555">dot: the default threshold, 0.7</text>`,
    "</svg>",
    "",
  ].join("\n");
};
