// Charts of the figures page; the table beside each says the same without a script.
"use strict";

for (const place of document.querySelectorAll(".chart[data-days]")) {
  const numbers = (text) => text.split(",").map((each) => (each === "" ? null : Number(each)));
  const days = place.dataset.days.split(",").map((each) => Date.parse(`${each}T00:00:00Z`) / 1000);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const day = (at) => new Date(at * 1000).toISOString().slice(5, 10).replace("-", "/");
  const percent = (value) => (value === null ? "—" : `${(value * 100).toFixed(0)}%`);
  const size = () => ({ width: place.clientWidth, height: 240 });
  const chart = new uPlot({
    ...size(),
    scales: { x: { time: false }, rate: { range: [0, 1] }, y: { range: (_u, _min, max) => [0, Math.max(5, max)] } },
    axes: [
      { values: (_u, ticks) => ticks.map(day), stroke: colour("--muted"), grid: { show: false } },
      { scale: "y", stroke: colour("--muted"), size: 44 },
      { scale: "rate", side: 1, values: (_u, ticks) => ticks.map(percent), stroke: colour("--muted"), grid: { show: false }, size: 48 },
    ],
    series: [
      { value: (_u, at) => (at === null ? "" : day(at)), label: place.dataset.dayName },
      { scale: "y", label: place.dataset.receivedName, fill: colour("--brand-soft"), stroke: colour("--brand"), paths: uPlot.paths.bars({ size: [0.7, 40] }), points: { show: false } },
      { scale: "rate", label: place.dataset.rateName, stroke: colour("--green"), width: 2, spanGaps: true, value: (_u, value) => percent(value) },
    ],
  }, [days, numbers(place.dataset.received), numbers(place.dataset.rate)], place);
  new ResizeObserver(() => chart.setSize(size())).observe(place);
}
