// Trees to draw, made of the page's calling-context tree: functions instead of lines, allocator frames left out,
// template arguments merged, inverted, or around one function.

import { kind } from "./data.js";

/// A tree in arrays. Node 0 is the root, parents come before children.
class DrawnTree {
  constructor() {
    this.label = [0];
    this.parent = [0];
    this.smaller = [0];
    this.known = new Map();
  }

  child(parent, label) {
    const key = parent * 0x200000 + label;
    let node = this.known.get(key);
    if (node === undefined) {
      node = this.label.length;
      this.known.set(key, node);
      this.label.push(label);
      this.parent.push(parent);
      this.smaller.push(0);
    }
    return node;
  }

  startAmounts() {
    const size = this.label.length;
    this.before = new Float64Array(size);
    this.after = new Float64Array(size);
    this.weight = new Float64Array(size);
  }

  /// Sums up towards the root and orders children by weight.
  finish() {
    const size = this.label.length;
    this.selfWeight = this.weight.slice();
    this.selfBefore = this.before.slice();
    this.selfAfter = this.after.slice();
    this.known = null;
    this.depth = new Uint32Array(size);
    for (let node = size - 1; node > 0; --node) {
      const parent = this.parent[node];
      this.before[parent] += this.before[node];
      this.after[parent] += this.after[node];
      this.weight[parent] += this.weight[node];
    }
    const order = [];
    for (let node = 1; node < size; ++node) {
      this.depth[node] = this.depth[this.parent[node]] + 1;
      if (this.weight[node] > 0) order.push(node);
    }
    order.sort((a, b) => this.parent[a] - this.parent[b] || this.weight[b] - this.weight[a] || a - b);
    this.children = Uint32Array.from(order);
    this.firstChild = new Uint32Array(size + 1);
    for (const node of order) ++this.firstChild[this.parent[node] + 1];
    for (let node = 0; node < size; ++node) this.firstChild[node + 1] += this.firstChild[node];
    return this;
  }

  childrenOf(node) {
    return this.children.subarray(this.firstChild[node], this.firstChild[node + 1]);
  }
}

/// "std::vector<int, std::allocator<int> >::push_back" without what stands in angle brackets.
export function withoutTemplateArguments(name) {
  if (!name.includes("<")) return name;
  let result = "";
  let depth = 0;
  for (let i = 0; i < name.length; ++i) {
    const char = name[i];
    const isOperator = /operator(<<?|>>?|->\*?|<=>?|>=)?$/.test(name.slice(Math.max(0, i - 11), i));
    if (char === "<" && !isOperator) {
      if (depth++ === 0) result += "<…>";
    } else if (char === ">" && !isOperator && depth > 0) {
      --depth;
    } else if (depth === 0) {
      result += char;
    }
  }
  return result;
}

/// What frames are called and told apart by: {of: by frame, name, module, kind, frame: one of them}.
export function labelsOf(model, merge) {
  const { frames } = model;
  const numbers = new Map();
  const labels = { of: [], name: [], module: [], kind: [], frame: [] };
  for (let frame = 0; frame < frames.function.length; ++frame) {
    const name = merge ? withoutTemplateArguments(model.frameName(frame)) : model.frameName(frame);
    const key = `${frames.kind[frame]} ${frames.module[frame]} ${name}`;
    if (!numbers.has(key)) {
      numbers.set(key, labels.name.length);
      labels.name.push(name);
      labels.module.push(model.text(frames.module[frame]));
      labels.kind.push(frames.kind[frame]);
      labels.frame.push(frame);
    }
    labels.of.push(numbers.get(key));
  }
  return labels;
}

export function callTree(model, labels, amounts, hideAllocators) {
  const tree = new DrawnTree();
  const { parent, frame, smaller } = model.nodes;
  const drawn = new Uint32Array(parent.length);
  for (let node = 1; node < parent.length; ++node) {
    const hidden = hideAllocators && model.frames.kind[frame[node]] === kind.allocator;
    drawn[node] = hidden ? drawn[parent[node]] : tree.child(drawn[parent[node]], labels.of[frame[node]]);
    if (!hidden) tree.smaller[drawn[node]] += smaller[node];
  }
  tree.startAmounts();
  for (let row = 0; row < model.rowCount; ++row) add(tree, drawn[model.rows.node[row]], amounts, row);
  return tree.finish();
}

/// What is wide enough to be seen of a tree that is `width` wide, `zoom` taking all of it: by depth, lists of
/// {node, x, w} from left to right.
export function layout(tree, zoom, width, least) {
  const rows = [];
  const put = (node, x, w) => (rows[tree.depth[node]] ??= []).push({ node, x, w });
  for (let at = zoom; at !== 0; at = tree.parent[at]) put(tree.parent[at], 0, width);
  let level = [{ node: zoom, x: 0, w: width }];
  while (level.length) {
    const next = [];
    for (const { node, x, w } of level) {
      put(node, x, w);
      let at = x;
      for (const child of tree.childrenOf(node)) {
        const part = (w * tree.weight[child]) / tree.weight[node];
        if (part < least) break;  // children come by weight
        next.push({ node: child, x: at, w: part });
        at += part;
      }
    }
    level = next;
  }
  return rows;
}

function add(tree, node, amounts, index) {
  tree.before[node] += amounts.before[index];
  tree.after[node] += amounts.after[index];
  tree.weight[node] += amounts.weight[index];
}

const selfOf = (tree) => ({ before: tree.selfBefore, after: tree.selfAfter, weight: tree.selfWeight });

/// Callers below their callees: from each of `starts` ({node, self}) outwards. What is too narrow to be drawn is not
/// followed further.
function outwards(tree, starts, total) {
  const result = new DrawnTree();
  const least = total * 0.0003;
  const amounts = selfOf(tree);
  const placed = [];
  let level = [{ at: 0, items: starts }];
  while (level.length) {
    const next = [];
    for (const { at, items } of level) {
      const groups = new Map();
      for (const item of items) {
        placed.push([at, item.self]);
        if (item.node === 0) continue;
        const label = tree.label[item.node];
        if (!groups.has(label)) groups.set(label, []);
        groups.get(label).push(item);
      }
      for (const [label, members] of groups) {
        let weight = 0;
        for (const item of members) weight += amounts.weight[item.self];
        if (weight < least || weight === 0) continue;
        const node = result.child(at, label);
        for (const item of members) {
          result.smaller[node] += tree.label[item.self] === label ? tree.smaller[item.self] : 0;
        }
        next.push({ at: node, items: members.map(({ node: from, self }) => ({ node: tree.parent[from], self })) });
      }
    }
    level = next;
  }
  // An item counts where its path ended; it was noted at each node it came through.
  const last = new Map();
  for (const [at, self] of placed) last.set(self, at);
  result.startAmounts();
  for (const [self, at] of last) add(result, at, amounts, self);
  return result.finish();
}

const withWeight = (tree) => {
  const nodes = [];
  for (let node = 0; node < tree.label.length; ++node) {
    if (tree.selfWeight[node] > 0) nodes.push(node);
  }
  return nodes;
};

export const invertedTree = (tree) =>
  outwards(tree, withWeight(tree).map((node) => ({ node, self: node })), tree.weight[0]);

/// {callers, callees} of a function, whose labels `matches` accepts, each stack once, from its outermost call.
export function sandwich(tree, matches) {
  const inside = new Uint32Array(tree.label.length);  // outermost matching node at or above; 0: none
  const mapped = new Uint32Array(tree.label.length);
  const callees = new DrawnTree();
  for (let node = 1; node < tree.label.length; ++node) {
    const parent = tree.parent[node];
    inside[node] = inside[parent] || (matches(tree.label[node]) ? node : 0);
    if (inside[node]) mapped[node] = callees.child(mapped[parent], tree.label[node]);
    if (mapped[node]) callees.smaller[mapped[node]] += tree.smaller[node];
  }
  callees.startAmounts();
  const starts = [];
  let total = 0;
  for (const node of withWeight(tree)) {
    if (!inside[node]) continue;
    add(callees, mapped[node], selfOf(tree), node);
    starts.push({ node: inside[node], self: node });
    total += tree.selfWeight[node];
  }
  return { callers: outwards(tree, starts, total), callees: callees.finish() };
}

/// How much of a tree lies in nodes that `matches` accepts, each stack once; and which nodes.
export function found(tree, matches) {
  const is = new Uint8Array(tree.label.length);
  let weight = 0;
  let nodes = 0;
  for (let node = 1; node < tree.label.length; ++node) {
    const above = is[tree.parent[node]] !== 0;
    const hit = matches(tree.label[node]);
    is[node] = hit ? 1 : above ? 2 : 0;  // 2: below one
    if (hit && tree.weight[node] > 0) ++nodes;
    if (hit && !above) weight += tree.weight[node];
  }
  return { is, weight, nodes };
}
