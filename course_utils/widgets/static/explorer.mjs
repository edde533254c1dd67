import {
  AXES, borders, CLASSES, code, count, divisor, feeds, formula, isPool, kernelOf, outputSize, readChannels, receptive,
  refusal, run, source, terms, unread, USES, windows,
} from "./ops.mjs";

// The view of the convolution explorer: controls, grids, and the words below them. The arithmetic
// is in ops.mjs; the numbers, the limits and the first state come from Python.

const HEIGHT = 400; // of the grids, whatever they show, so that nothing below them moves
const ALL_CELLS = 20; // grids with more rows or columns give screen readers one cell at a time
const LEVELS = 24; // shades of a colour
// What people forget, and the layer that they had in mind.
const GUESSES = [
  ["the padding is missing", () => ({ padding: [0, 0], pad_rule: "number" })],
  ["the stride is missing", () => ({ stride: [1, 1] })],
  ["round down: what is left is dropped", ({ mode, padding, stride }) => mode !== "transposed" && { padding: padding.map((p, i) => p + (stride[i] - 1) / 2) }],
  ["the dilation is missing", () => ({ dilation: [1, 1] })],
  ["between k places there are k − 1 steps", ({ kernel: [a, b] }) => ({ kernel: [a + 1, b + 1] })],
  ["the padding counts on both sides", ({ padding: [a, b] }) => ({ padding: [a / 2, b / 2] })],
  ["mind ceil_mode: down or up?", ({ ceil_mode }) => ({ ceil_mode: !ceil_mode })],
];
let views = 0;

const show = (value) => {
  const size = Math.abs(value);
  const text = size === Infinity ? "∞" : size >= 1e4 ? `${Math.round(size / 1e3)}k` : +size.toPrecision(size < 100 ? 3 : 4);
  return (value < 0 ? "−" : "") + text;
};
const inTerm = (value) => (value < 0 ? `(${show(value)})` : show(value));
const make = (tag, values) => Object.assign(document.createElement(tag), values);
const spot = (name, place) => `${name}[${place.join(", ")}]`;
const shapeOf = (picture) => [picture.length, picture[0].length, picture[0][0].length];
const isSame = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

/** The layers, each with the channels that the one before it hands on. */
function chain(state) {
  let channels = state.in_channels;
  return state.layers.map((given) => {
    const layer = { ...given, in_channels: channels, stride: given.stride ?? given.kernel };
    if (isPool(layer)) layer.out_channels = channels;
    channels = layer.out_channels;
    return layer;
  });
}

/** Every picture from the input to the last output, and PyTorch's words where there is none. */
function calculate(state, numbers) {
  const [height, width] = state.size;
  const input = numbers.input.slice(0, state.in_channels);
  const pictures = [input.map((rows) => rows.slice(0, height).map((row) => row.slice(0, width)))];
  const layers = chain(state);
  let refused = null;
  for (const layer of layers) {
    refused = refusal(layer, shapeOf(pictures.at(-1)));
    if (refused) break;
    pictures.push(run(layer, pictures.at(-1), numbers.weight, numbers.bias));
  }
  return { layers, pictures, refused };
}

function render({ model, el }) {
  const id = `conv${views++}`;
  const limits = model.get("limits");
  let state = model.get("state");
  let numbers = model.get("numbers");
  let net;
  let grids = [];
  let point = null; // the cell looked at: {grid: its key, y, x}
  let revealed = false;
  let verdict = ""; // on the last prediction
  let playing = 0;

  const root = make("div", { className: "conv-explorer", innerHTML: model.get("markup") });
  const part = (name) => root.querySelector(`.${name}`);
  const stage = part("stage");
  const current = () => state.layers[state.selected];
  const hidden = () => state.predict && !revealed;

  function change(update) {
    state = { ...state, ...update };
    revealed = false;
    verdict = "";
    model.set("state", state);
    model.save_changes();
    draw();
  }
  const changeLayer = (update) => change({
    layers: state.layers.map((layer, i) => (i === state.selected ? { ...layer, ...update } : layer)),
  });

  function changeNumbers(edit) {
    numbers = structuredClone(numbers);
    edit(numbers);
    model.set("numbers", numbers);
    model.save_changes();
    draw();
  }

  // Controls: their names are those of the state, or of the layer that is selected.

  const controls = [...root.querySelectorAll("[name]")];
  const read = (name) => {
    if (name === "like_kernel") return current().stride === null;
    return (name in state ? state[name] : current()[name]) ?? current().kernel;
  };

  function write({ name, type, value, checked, dataset }) {
    let now = type === "checkbox" ? checked : type === "range" ? +value : value;
    if (dataset.axis) now = read(name).map((old, axis) => (state.apart && axis !== +dataset.axis ? old : now));
    if (name === "mode") changeMode(value);
    else if (name === "like_kernel") changeLayer({ stride: checked ? null : current().kernel });
    else (name in state ? change : changeLayer)({ [name]: now });
  }

  function changeMode(mode) {
    const stride = isPool({ mode }) ? null : current().stride ?? [1, 1];
    const dilation = mode === "avg" ? [1, 1] : current().dilation;
    changeLayer({ mode, stride, dilation, pad_rule: "number", padding_mode: "zeros", output_padding: [0, 0] });
  }

  function updateControls() {
    const used = ["mode", "kernel", ...Object.keys(state), ...USES[current().mode].split(" ")];
    for (const input of controls) {
      const { name, type, dataset } = input;
      const now = read(name);
      input.disabled = !used.includes(name) || (name === "padding" && current().pad_rule !== "number");
      if (type === "checkbox") input.checked = now;
      else input.value = dataset.axis ? now[dataset.axis] : now;
      if (type === "range") input.parentElement.lastChild.textContent = [...new Set([now].flat())].join(" × ");
    }
    root.classList.toggle("apart", state.apart);
    const [, ...rest] = part("tabs").children;
    part("tabs").firstChild.innerHTML = state.layers.map(({ mode }, i) => `<button data-layer="${i}" aria-pressed="${i === state.selected}">${i + 1}: ${CLASSES[mode]}</button>`).join("");
    rest[0].disabled = state.layers.length >= limits.layers[1];
    rest[1].disabled = state.layers.length < 2;
  }

  async function readPicture({ files: [chosen] }) {
    const [height, width] = state.size;
    const context = make("canvas", { width, height }).getContext("2d");
    context.drawImage(await createImageBitmap(chosen), 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    changeNumbers(({ input }) => input.forEach((rows, c) => count(height).forEach((y) => count(width).forEach((x) => {
      const [r, g, b] = data.slice(4 * (y * width + x));
      rows[y][x] = state.in_channels === 3 && c < 3 ? [r, g, b][c] : Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    }))));
  }

  // Grids: {key, name, depth, place: first indices, rows, columns, top, left, look(y, x), idle}.
  // Rows and columns count from the first real one, so padding in front has negative numbers.

  const nameOfPicture = (depth) => (depth === 0 ? "input" : depth === net.layers.length ? "output" : `layer ${depth}`);

  function pictureGrid(values, depth, channel) {
    const { layers, refused } = net;
    const layer = layers[depth];
    const size = shapeOf(values).slice(1);
    const padded = layer && layer.mode !== "transposed" && !(refused && depth === net.pictures.length - 1);
    const [[top, below], [left, right]] = AXES.map((axis) => (padded ? borders(layer, axis) : [0, 0]));
    const empty = layer?.mode === "max" ? -Infinity : 0;
    return {
      key: `${depth}-${channel}`, depth, place: [channel], top, left, size,
      name: nameOfPicture(depth),
      rows: size[0] + top + below, columns: size[1] + left + right,
      idle: AXES.map((axis) => (padded && !hidden() ? unread(layer, size[axis], axis) : [])),
      look(...at) {
        const made = at.some((i, axis) => i < 0 || i >= size[axis]);
        const [y, x] = made ? at.map((i, axis) => source(layer, i, size[axis])) : at;
        return { value: y < 0 || x < 0 ? empty : values[channel][y][x], made };
      },
    };
  }

  function columns() {
    const { layers, pictures, refused } = net;
    const found = pictures.map((values, depth) => ({
      title: `${nameOfPicture(depth)}: ${depth && hidden() ? "?" : shapeOf(values).join(" × ")}`,
      grids: depth && hidden() ? [] : values.map((_, channel) => pictureGrid(values, depth, channel)),
    }));
    if (refused) found.push({ title: "no output", grids: [] });
    const layer = layers[state.selected];
    if (!isPool(layer) && state.selected < pictures.length && !/divisible/.test(refused)) {
      const o = point?.place && point.depth === state.selected + 1 ? point.place[0] : 0;
      found.splice(state.selected + 1, 0, {
        title: "kernel" + (state.layers[1] ? ` of layer ${state.selected + 1}` : "") + (layer.out_channels > 1 ? ` for channel ${o}` : ""),
        grids: readChannels(layer, o).map((c) => ({
          key: `w-${c}`, name: "weight", place: [o, c], top: 0, left: 0, rows: layer.kernel[0],
          columns: layer.kernel[1], idle: [[], []],
          look: (y, x) => ({ value: kernelOf(layer, numbers.weight, o, c)[y][x] }),
        })),
      });
    }
    return found;
  }

  /** Give every grid its place, and all cells one size, the largest that fits. */
  function arrange(found) {
    for (const column of found) {
      const all = column.grids;
      column.across = all.length > 2 ? 2 : 1;
      column.down = Math.ceil(all.length / column.across);
      column.wide = column.across * Math.max(1, ...all.map((grid) => grid.columns));
      column.high = column.down * Math.max(1, ...all.map((grid) => grid.rows));
    }
    const sum = (key) => found.reduce((total, column) => total + column[key], 0);
    const unit = Math.min(40, Math.max(10, (stage.clientWidth - 40 * found.length - 10 * sum("across")) / sum("wide")),
      ...found.map(({ high, down }) => (HEIGHT - 36 - 10 * down) / high));
    let x = 4;
    for (const column of found) {
      column.x = x;
      column.grids.forEach((grid, i) => {
        grid.x = x + (i % column.across) * (grid.columns * unit + 10);
        grid.y = 28 + Math.floor(i / column.across) * (grid.rows * unit + 10);
      });
      x += Math.max(column.wide * unit + 10 * column.across, 7.5 * column.title.length) + 24;
    }
    stretch = x;
    return unit;
  }

  const corner = (grid, y, x) => [grid.x + (x + grid.left) * unit, grid.y + (y + grid.top) * unit];
  const square = (grid, y, x) => `M${corner(grid, y, x)}h${unit}v${unit}h${-unit}z`;
  const nameOf = (grid, y, x) => spot(grid.name, [...grid.place, y, x]);
  const labelOf = (grid, y, x) => {
    const { value, made } = grid.look(y, x);
    return `${made ? "padding, " : ""}${nameOf(grid, y, x)} = ${show(value)}`;
  };
  const cells = (grid) => count(grid.rows).map((row) => count(grid.columns).map((column) => [row - grid.top, column - grid.left]));
  let unit; // pixels of a cell
  let stretch; // of all grids together

  function paint(grid) {
    const every = cells(grid);
    const seen = every.map((line) => line.map(([y, x]) => grid.look(y, x)));
    const most = Math.max(...seen.flat().map(({ value }) => Math.abs(value)).filter(Number.isFinite)) || 1;
    const layers = {};
    const add = (name, y, x) => { layers[name] = (layers[name] ?? "") + square(grid, y, x); };
    const spoken = Math.max(grid.rows, grid.columns) <= ALL_CELLS;
    const lines = every.map((line, i) => line.map(([y, x], j) => {
      const { value, made } = seen[i][j];
      const level = Number.isFinite(value) ? Math.ceil((LEVELS * Math.abs(value)) / most) : 0;
      add(made ? "made" : `${value < 0 ? "minus" : "plus"} ${level}`, y, x);
      if (grid.idle[0].includes(y) || grid.idle[1].includes(x)) add("idle", y, x);
      return spoken ? cellText(grid, y, x, made) : "";
    }).join(""));
    const paths = Object.entries(layers).map(([name, d]) => {
      const [kind, level] = name.split(" ");
      return `<path class="${kind}" fill-opacity="${(0.65 * (level ?? LEVELS)) / LEVELS}" d="${d}"/>`;
    });
    const rows = lines.map((line) => (line ? `<g role="row">${line}</g>` : ""));
    return `${paths.join("")}<g role="grid" tabindex="${spoken ? -1 : 0}" data-at="${grids.indexOf(grid)}" aria-label="${grid.name} ${grid.place}" `
      + `aria-rowcount="${grid.rows}" aria-colcount="${grid.columns}">${rows.join("")}</g>`;
  }

  function cellText(grid, y, x, made) {
    const [left, top] = corner(grid, y + 0.5, x + 0.5);
    const text = show(grid.look(y, x).value);
    const size = Math.min(14, unit * 0.42, (unit * 1.5) / text.length);
    return `<text role="gridcell" data-at="${[grids.indexOf(grid), y, x]}" tabindex="${y || x ? -1 : 0}" aria-label="${labelOf(grid, y, x)}" `
      + `${made ? 'class="made" ' : ""}font-size="${size < 7 ? 0 : size}" x="${left}" y="${top}">${text}</text>`;
  }

  // What belongs to the cell looked at: marks on other grids, and the line of arithmetic.

  const at = (key) => grids.find((grid) => grid.key === key);
  const isReal = ({ y, x }, { size }) => !size || (y >= 0 && x >= 0 && y < size[0] && x < size[1]);

  const valueAt = (depth, [c, y, x]) => net.pictures[depth][c][y][x];

  function arithmetic(depth, place) {
    const layer = net.layers[depth - 1];
    const input = net.pictures[depth - 1];
    const parts = terms(layer, input, numbers.weight, place);
    const result = show(valueAt(depth, place));
    const counted = parts.filter((part) => part.at || layer.mode !== "avg" || layer.count_include_pad);
    const text = counted.slice(0, 36).map((part) => {
      const value = inTerm(layer.mode === "max" && !part.at ? -Infinity : part.value);
      return isPool(layer) ? value : `${value}·${inTerm(part.weight)}`;
    });
    if (counted.length > 36) text.push(`… (${parts.length} terms)`);
    if (layer.mode === "max") return [parts, `max(${text.join(", ")}) = ${result}`];
    if (!isPool(layer)) {
      if (layer.bias) text.push(`bias ${inTerm(numbers.bias[place[0]])}`);
      return [parts, `${text.join(" + ") || 0} = ${result}`];
    }
    const [ys, xs] = [1, 2].map((i) => windows(layer, shapeOf(input)[i], i - 1)[place[i]]);
    return [parts, `(${text.join(" + ")}) / ${divisor(layer, ys, xs)} = ${result}`];
  }

  /** What a cell of picture `depth` reads, and what it feeds: words, and marks on other grids. */
  function relations(depth, place, mark) {
    const { layers, pictures } = net;
    const shapes = pictures.map(shapeOf);
    let text = spot(nameOfPicture(depth), place);
    if (depth) {
      const [parts, sum] = arithmetic(depth, place);
      const { mode } = layers[depth - 1];
      const best = valueAt(depth, place);
      for (const { c, y, x, at: from, weight, value } of parts) {
        const label = mode === "max" ? value === best && "max" : mode !== "avg" && `×${show(weight)}`;
        mark("near", `${depth - 1}-${c}`, y, x, label);
        if (from && !isSame(from, [y, x])) mark("far", `${depth - 1}-${c}`, ...from);
      }
      text += ` = ${sum}`;
    } else text += ` = ${show(valueAt(0, place))}`;
    const layer = layers[depth];
    if (pictures[depth + 1] && !hidden()) {
      const fed = feeds(layer, shapes[depth], place).map(({ o, y, x, ky, kx }) => {
        const times = isPool(layer) ? "" : `×${show(kernelOf(layer, numbers.weight, o, place[0])[ky][kx])}`;
        mark("near", `${depth + 1}-${o}`, y, x, times);
        return `${spot(nameOfPicture(depth + 1), [o, y, x])} ${times}`.trim();
      });
      const list = `${fed.slice(0, 12).join(", ")}${fed.length > 12 ? ", …" : ""}`;
      text += fed.length ? ` — feeds ${fed.length}: ${list}` : " — feeds nothing: no window reads it";
    }
    shapes.forEach((shape, d) => {
      if (Math.abs(d - depth) < 2) return;
      const [ys, xs] = [1, 2].map((i) => (d < depth
        ? [...receptive(layers.slice(d, depth), shape[i], i - 1, [place[i]])]
        : count(shape[i]).filter((o) => receptive(layers.slice(depth, d), shapes[depth][i], i - 1, [o]).has(place[i]))));
      if (!d) text += ` — sees ${ys.length} × ${xs.length} of the input`;
      count(shape[0]).forEach((c) => ys.forEach((y) => xs.forEach((x) => mark("far", `${d}-${c}`, y, x))));
    });
    return text;
  }

  function tell() {
    const marks = { far: "", near: "", here: "" };
    let labels = "";
    const mark = (kind, key, y, x, label = "") => {
      const grid = at(key);
      if (!grid) return;
      marks[kind] += square(grid, y, x);
      if (label && unit >= 28) {
        const [right, bottom] = corner(grid, y + 0.98, x + 0.97);
        labels += `<text class="times" x="${right}" y="${bottom}">${label}</text>`;
      }
    };
    let text = "Point at a cell, or Tab to a grid, then arrow keys.";
    const grid = point && at(point.grid);
    if (grid) {
      mark("here", grid.key, point.y, point.x);
      text = labelOf(grid, point.y, point.x);
      if (grid.size && !isReal(point, grid)) {
        const [y, x] = [point.y, point.x].map((i, axis) => source(net.layers[grid.depth], i, grid.size[axis]));
        if (y >= 0 && x >= 0) {
          mark("far", grid.key, y, x);
          text += `, a copy of ${nameOf(grid, y, x)}`;
        }
      } else if (grid.size) text = relations(grid.depth, [...grid.place, point.y, point.x], mark);
      aloud(grid);
    }
    stage.querySelector(".marks").innerHTML = Object.entries(marks).map(([kind, d]) => `<path class="${kind}" d="${d}"/>`).join("") + labels;
    text = net.refused ?? (verdict || text);
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("refused", !!net.refused);
  }

  /** In a grid that is too large for a text in each cell: the one cell looked at. */
  function aloud(grid) {
    if (Math.max(grid.rows, grid.columns) <= ALL_CELLS) return;
    const [element, cell] = [elementAt(grids.indexOf(grid)), `${id}-now`];
    element.innerHTML = `<g role="row" aria-rowindex="${point.y + grid.top + 1}"><text class="aloud" role="gridcell" id="${cell}" `
      + `aria-colindex="${point.x + grid.left + 1}">${labelOf(grid, point.y, point.x)}</text></g>`;
    element.setAttribute("aria-activedescendant", cell);
  }

  function lookAt(grid, y, x) {
    const before = point?.place?.[0];
    if (point?.grid === grid.key && point.y === y && point.x === x) return;
    point = { grid: grid.key, depth: grid.depth, place: grid.place, y, x };
    verdict = "";
    if (grid.depth === state.selected + 1 && grid.place[0] !== before && net.layers[state.selected].out_channels > 1) draw();
    else tell();
  }

  // Words below the grids, predictions, and the walk through the output.

  const [said, play, line] = ["said", "play", "line"].map(part);

  function judge() {
    const told = [...root.querySelectorAll(".guess input")].map((input) => +input.value);
    const reach = (layers) => layers.reduce((size, layer) => size.map((n, axis) => outputSize(layer, n, axis)), state.size);
    const right = reach(net.layers);
    const meant = GUESSES.find(([, other]) => isSame(told, reach(net.layers.map((layer) => ({ ...layer, ...other(layer) })))));
    const reason = meant?.[0] ?? (isSame(told, right.map((n) => n - 1)) ? "the first window counts: + 1" : "count the places of the kernel");
    verdict = isSame(told, right) ? "✓ right" : `✗ ${right.join(" × ")}: ${reason}`;
    revealed = true;
    draw();
  }

  function step() {
    const outputs = grids.filter((grid) => grid.depth === state.selected + 1);
    if (!outputs.length) return stop();
    const places = outputs.flatMap((grid) => count(grid.size[0]).flatMap((y) => count(grid.size[1]).map((x) => [grid, y, x])));
    const now = places.findIndex(([grid, y, x]) => point?.grid === grid.key && point.y === y && point.x === x);
    lookAt(...places[(now + 1) % places.length]);
  }
  function start() {
    playing = setInterval(step, 700);
    said.ariaLive = "off";
    play.textContent = "⏸ Pause";
  }
  function stop() {
    playing = clearInterval(playing) ?? 0;
    said.ariaLive = "polite";
    play.textContent = "▶ Play";
  }

  function draw() {
    net = calculate(state, numbers);
    const found = columns();
    unit = arrange(found);
    grids = found.flatMap((column) => column.grids);
    const grid = point && at(point.grid);
    if (!grid || point.y >= grid.rows - grid.top || point.x >= grid.columns - grid.left) point = null;
    const focused = stage.contains(document.activeElement) && document.activeElement.dataset.at;
    stage.innerHTML = `<svg width="${Math.max(stage.clientWidth, stretch)}" height="${HEIGHT}" role="group" aria-label="input, kernel, output">`
      + `<pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path class="hatch" d="M0 6L6 0"/></pattern>`
      + found.map(({ title, x }) => `<text class="title" x="${x}" y="16">${title}</text>`).join("")
      + found.flatMap(({ grids: all }) => (all[1] ? all : [])).map(({ x, y, place }) => `<text class="number" x="${x}" y="${y - 2}">${place.at(-1)}</text>`).join("")
      + `${grids.map(paint).join("")}<g class="marks" aria-hidden="true"></g></svg>`;
    for (const idle of stage.querySelectorAll(".idle")) idle.setAttribute("fill", `url(#${id}-hatch)`);
    if (focused) elementAt(focused)?.focus();
    updateControls();
    const { layers, refused, pictures } = net;
    const layer = layers[state.selected];
    const told = AXES.map((axis) => {
      const n = shapeOf(pictures[state.selected] ?? pictures[0])[axis + 1];
      const text = formula(layer, n, axis);
      if (hidden()) return "?";
      const lost = refused ? 0 : unread(layer, n, axis).length;
      return lost ? `${text}, ${lost} never read` : text;
    });
    part("sizes").textContent = (layers[1] ? `layer ${state.selected + 1}, ` : "") + (told[0] === told[1] ? `height and width: ${told[0]}` : `height: ${told[0]}\nwidth: ${told[1]}`);
    part("question").textContent = state.question;
    line.textContent = code(layer);
    part("guess").hidden = !state.predict;
    tell();
  }

  // Mouse, keys, and numbers typed into a cell.

  function under({ clientX, clientY }) {
    const box = stage.firstChild.getBoundingClientRect();
    for (const grid of grids) {
      const x = Math.floor((clientX - box.left - grid.x) / unit);
      const y = Math.floor((clientY - box.top - grid.y) / unit);
      if (x >= 0 && y >= 0 && x < grid.columns && y < grid.rows) return [grid, y - grid.top, x - grid.left];
    }
    return null;
  }
  function cellOf({ dataset }) {
    if (!dataset.at) return null;
    const [g, y, x] = dataset.at.split(",");
    const here = point?.grid === grids[g].key ? point : { y: 0, x: 0 };
    return [grids[g], +(y ?? here.y), +(x ?? here.x)];
  }
  const elementAt = (...place) => stage.querySelector(`[data-at="${place}"]`);
  function focusOn(grid, y, x) {
    lookAt(grid, y, x);
    const g = grids.findIndex(({ key }) => key === grid.key);
    (elementAt(g, y, x) ?? elementAt(g)).focus();
  }
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -99], End: [0, 99] };
  function onKey(event) {
    const cell = cellOf(event.target);
    if (!cell) return;
    const [grid, y, x] = cell;
    if (event.key === "Enter") edit(grid, y, x);
    const move = STEPS[event.key];
    if (!move) return;
    event.preventDefault();
    const into = (value, before, n) => Math.min(Math.max(value, -before), n - before - 1);
    focusOn(grid, into(y + move[0], grid.top, grid.rows), into(x + move[1], grid.left, grid.columns));
  }

  function edit(grid, y, x) {
    if ((grid.depth && grid.depth > 0) || !isReal({ y, x }, grid)) return;
    const input = make("input", { type: "number", className: "edit", ariaLabel: nameOf(grid, y, x), value: grid.look(y, x).value });
    const [left, top] = corner(grid, y, x);
    input.style = `left:${left}px;top:${top}px`;
    const end = (keep) => {
      const value = input.valueAsNumber;
      input.onblur = null;
      input.remove();
      if (keep && Number.isFinite(value)) {
        changeNumbers(({ input: pictures, weight }) => {
          const rows = grid.size ? pictures[grid.place[0]] : kernelOf(net.layers[state.selected], weight, ...grid.place);
          rows[y][x] = value;
        });
      }
      focusOn(at(grid.key), y, x);
    };
    input.onblur = () => end(true);
    input.onkeydown = ({ key }) => { if (key === "Enter" || key === "Escape") end(key === "Enter"); };
    stage.append(input);
    input.focus();
    input.select();
  }

  const onCell = (act) => (event) => { const cell = under(event); if (cell) act(cell, event); };
  stage.onmousemove = onCell((cell) => playing || lookAt(...cell));
  stage.onmousedown = onCell((cell, event) => { event.preventDefault(); focusOn(...cell); });
  stage.ondblclick = onCell((cell) => edit(...cell));
  stage.addEventListener("focusin", ({ target }) => {
    const cell = cellOf(target);
    if (!cell) return;
    lookAt(...cell);
    const now = elementAt(target.dataset.at);
    for (const old of now.closest("[role=grid]").querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
    now.tabIndex = 0;
  });
  stage.onkeydown = onKey;

  root.oninput = ({ target }) => { if (target.files) readPicture(target); else if (target.name) write(target); };
  root.onclick = ({ target: { dataset } }) => {
    const { layers, selected } = state;
    if (dataset.layer) change({ selected: +dataset.layer });
    ({
      more: () => change({ layers: [...layers, current()], selected: layers.length }),
      less: () => change({ layers: layers.toSpliced(selected, 1), selected: Math.max(0, selected - 1) }),
      picture: () => part("picture").click(),
      copy: () => navigator.clipboard.writeText(line.textContent),
      step, judge, play: () => (playing ? stop() : start()),
    })[dataset.act]?.();
  };
  // JupyterLab and Notebook would take an x for "cut this cell"; this attribute tells them not to.
  const guard = ({ target, ctrlKey, metaKey, altKey }) => root.contains(target)
    && target.toggleAttribute("data-lm-suppress-shortcuts", !(ctrlKey || metaKey || altKey));
  addEventListener("keydown", guard, true);
  el.append(root);
  const fromPython = () => {
    if (model.get("state") === state && model.get("numbers") === numbers) return;
    [state, numbers] = [model.get("state"), model.get("numbers")];
    draw();
  };
  model.on("change:state change:numbers", fromPython);
  let width = 0;
  const sized = new ResizeObserver(() => {
    if (stage.clientWidth && stage.clientWidth !== width) draw(width = stage.clientWidth);
  });
  sized.observe(stage);
  draw();
  return () => {
    stop();
    sized.disconnect();
    removeEventListener("keydown", guard, true);
    model.off("change:state change:numbers", fromPython);
  };
}

export default { render };
