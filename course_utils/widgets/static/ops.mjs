// The arithmetic of convolution and pooling layers, one axis at a time, by PyTorch's rules.
//
// A layer is {mode: "conv" | "transposed" | "max" | "avg", kernel, stride, padding, dilation,
// output_padding: [height, width] each, pad_rule: "number" | "same" | "valid", padding_mode,
// in_channels, out_channels, groups, bias, ceil_mode, count_include_pad}. Pictures are [C][H][W].

export const AXES = [0, 1];
export const count = (n) => Array.from({ length: n }, (_, i) => i);

export const isPool = (layer) => layer.mode === "max" || layer.mode === "avg";

const span = (layer, axis) => layer.dilation[axis] * (layer.kernel[axis] - 1) + 1;

/** Pixels added before and after the input along an axis. */
export function borders(layer, axis) {
  if (layer.mode !== "conv" || layer.pad_rule === "number") {
    return [layer.padding[axis], layer.padding[axis]];
  }
  if (layer.pad_rule === "valid") return [0, 0];
  const both = span(layer, axis) - 1;
  return [Math.floor(both / 2), Math.ceil(both / 2)];
}

/** The output size along an axis for an input of n; below 1 where nothing is left. */
export function outputSize(layer, n, axis) {
  const [before, after] = borders(layer, axis);
  const stride = layer.stride[axis];
  if (layer.mode === "transposed") {
    return (n - 1) * stride - before - after + span(layer, axis) + layer.output_padding[axis];
  }
  const room = n + before + after - span(layer, axis);
  if (!isPool(layer) || !layer.ceil_mode) return Math.floor(room / stride) + 1;
  const size = Math.ceil(room / stride) + 1;
  return (size - 1) * stride >= n + before ? size - 1 : size; // no window starts behind the input
}

/** The real pixel that stands at position i of the padded input, or -1 for a made-up one. */
export function source(layer, i, n) {
  if (i >= 0 && i < n) return i;
  if (layer.mode !== "conv") return -1;
  switch (layer.padding_mode) {
    case "reflect":
      return i < 0 ? -i : 2 * (n - 1) - i;
    case "replicate":
      return i < 0 ? 0 : n - 1;
    case "circular":
      return (i + n) % n;
    default:
      return -1;
  }
}

/** For every output along an axis, its taps: {k: kernel index, i: padded position, at: source}. */
export function windows(layer, n, axis) {
  const [before, after] = borders(layer, axis);
  const [stride, dilation] = [layer.stride[axis], layer.dilation[axis]];
  const forward = layer.mode !== "transposed";
  return count(Math.max(0, outputSize(layer, n, axis))).map((o) => {
    const taps = [];
    for (let k = 0; k < layer.kernel[axis]; k++) {
      const i = forward
        ? o * stride - before + k * dilation
        : (o + before - k * dilation) / stride;
      if (forward ? i < n + after : Number.isInteger(i) && i >= 0 && i < n) {
        taps.push({ k, i, at: source(layer, i, n) });
      }
    }
    return taps;
  });
}

/** Output [channels, height, width] of a layer for an input [channels, height, width]. */
export function outputShape(layer, [channels, ...sizes]) {
  const kept = isPool(layer) ? channels : layer.out_channels;
  return [kept, ...AXES.map((axis) => outputSize(layer, sizes[axis], axis))];
}

/** The input channels that output channel o reads. */
export function readChannels(layer, o) {
  if (isPool(layer)) return [o];
  const [ins, outs] = [layer.in_channels / layer.groups, layer.out_channels / layer.groups];
  const first = Math.floor(o / outs) * ins;
  return count(ins).map((c) => first + c);
}

/** The kernel between input channel c and output channel o, where PyTorch keeps it. */
export function kernelOf(layer, weight, o, c) {
  if (layer.mode === "transposed") return weight[c][o % (layer.out_channels / layer.groups)];
  return weight[o][c % (layer.in_channels / layer.groups)];
}

/** The output [O][H][W] of a layer. */
export function run(layer, input, weight, bias) {
  const size = [input[0].length, input[0][0].length];
  const [rows, columns] = AXES.map((axis) => windows(layer, size[axis], axis));
  return count(outputShape(layer, [input.length, ...size])[0]).map((o) => {
    const reads = readChannels(layer, o);
    const kernels = isPool(layer) ? [] : reads.map((c) => kernelOf(layer, weight, o, c));
    const start = layer.bias && !isPool(layer) ? bias[o] : 0;
    return rows.map((ys) =>
      columns.map((xs) => {
        if (isPool(layer)) return pool(layer, input[o], ys, xs);
        let sum = start;
        reads.forEach((c, i) => {
          for (const y of ys) {
            if (y.at < 0) continue;
            const [line, factors] = [input[c][y.at], kernels[i][y.k]];
            for (const x of xs) if (x.at >= 0) sum += line[x.at] * factors[x.k];
          }
        });
        return sum;
      }),
    );
  });
}

function pool(layer, picture, ys, xs) {
  const max = layer.mode === "max";
  let result = max ? -Infinity : 0;
  for (const y of ys) {
    for (const x of xs) {
      if (y.at < 0 || x.at < 0) continue;
      const value = picture[y.at][x.at];
      result = max ? Math.max(result, value) : result + value;
    }
  }
  return max ? result : result / divisor(layer, ys, xs);
}

/** What average pooling divides by. */
export function divisor(layer, ys, xs) {
  const counted = (taps) => taps.filter((tap) => layer.count_include_pad || tap.at >= 0).length;
  return counted(ys) * counted(xs);
}

/** What makes one output cell [o, y, x]: {c, y, x: padded position, at, value, weight}. */
export function terms(layer, input, weight, [o, y, x]) {
  const size = [input[0].length, input[0][0].length];
  const [ys, xs] = [windows(layer, size[0], 0)[y], windows(layer, size[1], 1)[x]];
  const found = [];
  for (const c of readChannels(layer, o)) {
    for (const row of ys) {
      for (const column of xs) {
        const real = row.at >= 0 && column.at >= 0;
        found.push({
          c, y: row.i, x: column.i, ky: row.k, kx: column.k,
          at: real ? [row.at, column.at] : null,
          value: real ? input[c][row.at][column.at] : 0,
          weight: isPool(layer) ? 1 : kernelOf(layer, weight, o, c)[row.k][column.k],
        });
      }
    }
  }
  return found;
}

/** Every output cell [o, y, x] that the real input cell [c, y, x] feeds, with {ky, kx}. */
export function feeds(layer, [channels, height, width], [c, y, x]) {
  const reached = [[height, y], [width, x]].map(([n, at], axis) =>
    windows(layer, n, axis).flatMap((taps, o) =>
      taps.filter((tap) => tap.at === at).map((tap) => ({ o, k: tap.k })),
    ),
  );
  return count(outputShape(layer, [channels, height, width])[0])
    .filter((o) => readChannels(layer, o).includes(c))
    .flatMap((o) => reached[0].flatMap((v) =>
      reached[1].map((h) => ({ o, y: v.o, x: h.o, ky: v.k, kx: h.k }))));
}

/** Real input positions along an axis that the given outputs depend on, through all layers. */
export function receptive(layers, n, axis, outputs) {
  const sizes = [n];
  for (const layer of layers) sizes.push(outputSize(layer, sizes.at(-1), axis));
  return layers.reduceRight((wanted, layer, depth) => {
    const table = windows(layer, sizes[depth], axis);
    const real = [...wanted].flatMap((o) => table[o].map((tap) => tap.at).filter((at) => at >= 0));
    return new Set(real);
  }, new Set(outputs));
}

/** Padded positions along an axis that no window reads. */
export function unread(layer, n, axis) {
  if (layer.mode === "transposed") return [];
  const [before, after] = borders(layer, axis);
  const read = new Set(windows(layer, n, axis).flatMap((taps) => taps.map((tap) => tap.i)));
  return count(n + before + after).map((i) => i - before).filter((i) => !read.has(i));
}

/** What PyTorch says to a layer that it refuses for an input [C, H, W]; null where it agrees. */
export function refusal(layer, [channels, ...sizes]) {
  if (isPool(layer)) return refusedPool(layer, channels, sizes);
  if (layer.mode === "transposed" && layer.padding_mode !== "zeros") {
    return 'ValueError: Only "zeros" padding mode is supported for ConvTranspose2d';
  }
  for (const name of ["in_channels", "out_channels"]) {
    if (layer[name] % layer.groups) return `ValueError: ${name} must be divisible by groups`;
  }
  return layer.mode === "transposed" ? refusedTransposed(layer, sizes) : refusedConv(layer, channels, sizes);
}

const by = (pair) => `(${pair.join(" x ")})`;

function refusedConv(layer, channels, sizes) {
  if (layer.pad_rule === "same" && Math.max(...layer.stride) > 1) {
    return "ValueError: padding='same' is not supported for strided convolutions";
  }
  const pads = AXES.map((axis) => borders(layer, axis));
  for (const axis of [1, 0]) {
    const [most, n] = [Math.max(...pads[axis]), sizes[axis]];
    if (layer.padding_mode === "circular" && most > n) {
      return "RuntimeError: Padding value causes wrapping around more than once.";
    }
    if (layer.padding_mode === "reflect" && most > 0 && most >= n) {
      return `RuntimeError: Argument #${axis ? 4 : 6}: Padding size should be less than the corresponding `
        + `input dimension, but got: padding (${pads[axis].join(", ")}) at dimension ${axis + 2} of input `
        + `[1, ${[channels, ...sizes].join(", ")}]`;
    }
  }
  const padded = AXES.map((axis) => sizes[axis] + pads[axis][0] + pads[axis][1]);
  const spans = AXES.map((axis) => span(layer, axis));
  if (AXES.every((axis) => spans[axis] <= padded[axis])) return null;
  return `RuntimeError: Calculated padded input size per channel: ${by(padded)}. Kernel size: ${by(spans)}. `
    + "Kernel size can't be greater than actual input size";
}

function refusedTransposed(layer, sizes) {
  const { output_padding: extra, stride, dilation } = layer;
  if (AXES.some((axis) => extra[axis] >= Math.max(stride[axis], dilation[axis]))) {
    const told = Object.entries({ output_padding: extra, stride, dilation })
      .map(([name, pair]) => `${name}_height: ${pair[0]} ${name}_width: ${pair[1]}`);
    return "RuntimeError: output padding must be smaller than either stride or dilation, "
      + `but got ${told.join(" ")}`;
  }
  const output = AXES.map((axis) => outputSize(layer, sizes[axis], axis));
  if (Math.min(...output) > 0) return null;
  return `RuntimeError: Given input size per channel: ${by(sizes)}. Calculated output size per channel: `
    + `${by(output)}. Output size is too small`;
}

function refusedPool(layer, channels, sizes) {
  const { kernel, padding, dilation } = layer;
  for (const axis of AXES) {
    if (padding[axis] > Math.floor(span(layer, axis) / 2)) {
      return `RuntimeError: pad should be at most half of effective kernel size, but got pad=${padding[axis]}, `
        + `kernel_size=${kernel[axis]} and dilation=${dilation[axis]}`;
    }
  }
  if (AXES.some((axis) => padding[axis] > Math.floor(kernel[axis] / 2))) {
    return "RuntimeError: pad should be smaller than or equal to half of kernel size, but got "
      + `padW = ${padding[1]}, padH = ${padding[0]}, kW = ${kernel[1]}, kH = ${kernel[0]}`;
  }
  const output = AXES.map((axis) => outputSize(layer, sizes[axis], axis));
  if (Math.min(...output) > 0) return null;
  return `RuntimeError: Given input size: (${[channels, ...sizes].join("x")}). Calculated output size: `
    + `(${[channels, ...output].join("x")}). Output size is too small`;
}

/** The output size along an axis as arithmetic, with this layer's numbers. */
export function formula(layer, n, axis) {
  const [before, after] = borders(layer, axis);
  const [k, s, d] = ["kernel", "stride", "dilation"].map((name) => layer[name][axis]);
  const pads = before === after ? `2·${before}` : `(${before} + ${after})`;
  const size = outputSize(layer, n, axis);
  if (layer.mode === "transposed") {
    return `(${n} − 1)·${s} − ${pads} + ${d}·(${k} − 1) + ${layer.output_padding[axis]} + 1 = ${size}`;
  }
  const up = isPool(layer) && layer.ceil_mode;
  const [open, close] = up ? "⌈⌉" : "⌊⌋";
  const extra = up && Math.ceil((n + before + after - span(layer, axis)) / s) + 1 > size;
  return `${open}(${n} + ${pads} − ${d}·(${k} − 1) − 1) / ${s}${close} + 1`
    + `${extra ? " − 1 window that starts behind the input" : ""} = ${size}`;
}

const ORDER = "stride padding output_padding dilation groups bias padding_mode ceil_mode count_include_pad";
export const CLASSES = { conv: "Conv2d", transposed: "ConvTranspose2d", max: "MaxPool2d", avg: "AvgPool2d" };
export const USES = {
  conv: "stride padding dilation groups bias padding_mode pad_rule out_channels",
  transposed: "stride padding output_padding dilation groups bias out_channels",
  max: "stride padding dilation ceil_mode like_kernel",
  avg: "stride padding ceil_mode count_include_pad like_kernel",
};

/** The line of PyTorch that makes this layer; what PyTorch assumes anyway is left out. */
export function code(layer) {
  const python = (value) => {
    if (Array.isArray(value)) return value[0] === value[1] ? `${value[0]}` : `(${value.join(", ")})`;
    if (typeof value === "string") return `"${value}"`;
    return { true: "True", false: "False" }[value] ?? `${value}`;
  };
  const kernel = python(layer.kernel);
  const usual = {
    stride: isPool(layer) ? kernel : "1", padding: "0", output_padding: "0", dilation: "1", groups: "1",
    bias: "True", padding_mode: '"zeros"', ceil_mode: "False", count_include_pad: "True",
  };
  const value = (name) => python(name === "padding" && layer.pad_rule !== "number" ? layer.pad_rule : layer[name]);
  const given = ORDER.split(" ").filter((name) => USES[layer.mode].split(" ").includes(name) && value(name) !== usual[name]);
  const channels = isPool(layer) ? [] : [layer.in_channels, layer.out_channels];
  const parts = [...channels, `kernel_size=${kernel}`, ...given.map((name) => `${name}=${value(name)}`)];
  return `nn.${CLASSES[layer.mode]}(${parts.join(", ")})`;
}
