export interface Line {
  name: string;
  colour: string;
  points: { x: number; y: number }[];
}

export interface Plot {
  title: string;
  xName: string;
  yName: string;
  lines: Line[];
}

const WIDTH = 720;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 170;
const TOP = 40;
const BOTTOM = 55;

/** A picture of lines over two logarithmic axes, as SVG. */
export function logPlot({ title, xName, yName, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const x = logScale(
    points.map((point) => point.x),
    [LEFT, WIDTH - RIGHT],
  );
  const y = logScale(
    points.map((point) => point.y),
    [HEIGHT - BOTTOM, TOP],
  );
  const grid = [
    ...x.ticks.map((value) => verticalTick(x.at(value), value)),
    ...y.ticks.map((value) => horizontalTick(y.at(value), value)),
  ];
  const drawn = lines.map((line, number) => {
    const path = line.points.map((point) => `${x.at(point.x)},${y.at(point.y)}`).join(" ");
    const dots = line.points
      .map((point) => `<circle cx="${x.at(point.x)}" cy="${y.at(point.y)}" r="3.5"/>`)
      .join("");
    const key = text([WIDTH - RIGHT + 34, TOP + 14 + number * 22], line.name);
    const keyAt = TOP + 10 + number * 22;
    return `<g stroke="${line.colour}" fill="${line.colour}"><polyline fill="none" stroke-width="2" points="${path}"/>${dots}<line x1="${WIDTH - RIGHT + 10}" x2="${WIDTH - RIGHT + 28}" y1="${keyAt}" y2="${keyAt}" stroke-width="3"/></g>${key}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333"><title>${title}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text([LEFT, 22], title, 'font-size="15"'),
    ...grid,
    ...drawn,
    text([(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12], xName, 'text-anchor="middle"'),
    `<text transform="translate(16 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(yName)}</text>`,
    "</svg>\n",
  ].join("\n");
}

/** From a value to its place; the ends are powers of ten or their halves and doubles. */
function logScale(values: readonly number[], [from, to]: readonly [number, number]) {
  const steps = [...Array(19).keys()].flatMap((power) =>
    [1, 2, 5].map((step) => step * 10 ** (power - 9)),
  );
  const low = steps.findLast((step) => step <= Math.min(...values)) ?? 1;
  const high = steps.find((step) => step >= Math.max(...values)) ?? 10;
  const span = Math.log(Math.max(high, low * 2) / low);
  return {
    at: (value: number) => Number((from + ((to - from) * Math.log(value / low)) / span).toFixed(1)),
    ticks: steps.filter((step) => step >= low && step <= high),
  };
}

function verticalTick(x: number, value: number): string {
  return `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/>${text([x, HEIGHT - BOTTOM + 18], short(value), 'text-anchor="middle"')}`;
}

function horizontalTick(y: number, value: number): string {
  return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="#ddd"/>${text([LEFT - 8, y + 4], short(value), 'text-anchor="end"')}`;
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1000 ? `${value / 1000}k` : String(value);
}

function text([x, y]: readonly [number, number], content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
