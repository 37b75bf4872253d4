// Runs in the page: texts whose contrast on their ground is under 4.5 to 1 (WCAG 2.1, 1.4.3 AA).
// What is disabled is exempt there, and here.
export function lowContrast() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (x) => {
    for (; x; x = x.parentElement) {
      const color = rgba(getComputedStyle(x).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const x of document.querySelectorAll("body *")) {
    const own = [...x.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || x.matches(":disabled, .skip, noscript *, title, option") || !x.checkVisibility()) continue;
    const style = getComputedStyle(x);
    const [a, b] = [light(rgba(x instanceof SVGElement ? style.fill : style.color)), light(ground(x))].sort((p, q) => q - p);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push({ text: x.textContent.slice(0, 30), ratio: ratio.toFixed(2) });
  }
  return found;
}
