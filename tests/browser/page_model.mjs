// page_model.mjs: the page's trees and sums, against adding up each stack, without a browser.
import assert from "node:assert/strict";
import { kind, mergeDetails, Model, resampled } from "../../analyzer/report/web/src/data.js";
import { callTree, found, invertedTree, labelsOf, layout, sandwich, withoutTemplateArguments }
  from "../../analyzer/report/web/src/tree.js";
import { readView, writeView } from "../../analyzer/report/web/src/view_words.js";
import { largeRun } from "./page_data.mjs";
import { run } from "./run_tests.mjs";

const model = new Model(largeRun({ stacks: 2000, functions: 60 }));
const plain = { metric: "at", from: null, to: null, owner: null };

/// The labels of each row's stack from the root inwards, without allocator frames.
const pathOf = (labels, row) => model.stack(model.rows.node[row]).reverse()
  .filter((frame) => model.frames.kind[frame] !== kind.allocator).map((frame) => labels.of[frame]);

/// Amounts by path, added up stack by stack: the slow, obvious way.
function sums(labels, amounts, pathsOf) {
  const result = new Map();
  for (let row = 0; row < model.rowCount; ++row) {
    if (amounts.weight[row] === 0) continue;
    const path = pathsOf(pathOf(labels, row));
    if (!path) continue;
    for (let length = 0; length <= path.length; ++length) {
      const key = path.slice(0, length).join(" ");
      result.set(key, (result.get(key) ?? 0) + amounts.weight[row]);
    }
  }
  return result;
}

/// The same read off a tree.
function sumsOf(tree) {
  const keys = [""];
  const result = new Map([["", tree.weight[0]]]);
  for (let node = 1; node < tree.label.length; ++node) {
    const above = keys[tree.parent[node]];
    keys[node] = above ? `${above} ${tree.label[node]}` : `${tree.label[node]}`;
    if (tree.weight[node] > 0) result.set(keys[node], tree.weight[node]);
  }
  return result;
}

const sorted = (map) => [...map].sort();
const labels = labelsOf(model, false);

process.exit(await run({
  "each metric's tree has what its stacks add up to"() {
    for (const metric of model.metrics) {
      const amounts = model.amounts({ ...plain, metric: metric.name });
      const tree = callTree(model, labels, amounts, true);
      assert.deepEqual(sorted(sumsOf(tree)), sorted(sums(labels, amounts, (path) => path)));
      assert.equal(tree.weight[0], model.rows[metric.name].reduce((all, one) => all + one));
    }
  },
  "a range has what was live at its end less what was live at its begin"() {
    const view = { ...plain, from: 5, to: 20 };
    const amounts = model.amounts(view);
    for (let row = 0; row < model.rowCount; ++row) {
      const overTime = model.heldOverTime([row]);
      assert.equal(amounts.before[row], overTime[5]);
      assert.equal(amounts.after[row], overTime[20]);
    }
    assert.ok(amounts.before.some((one, row) => one > amounts.after[row]));
    assert.ok(amounts.before.some((one, row) => one < amounts.after[row]));
    const tree = callTree(model, labels, amounts, true);
    assert.equal(tree.after[0] - tree.before[0],
      amounts.after.reduce((a, b) => a + b) - amounts.before.reduce((a, b) => a + b));
  },
  "one process has its own rows alone"() {
    const all = model.amounts(plain).after.reduce((a, b) => a + b);
    const each = [0, 1, 2].map((owner) => model.amounts({ ...plain, owner }).after.reduce((a, b) => a + b));
    assert.equal(each[0] + each[1] + each[2], all);
    assert.ok(each.every((one) => one > 0));
  },
  "inverted, the widest functions have what is allocated in them"() {
    const amounts = model.amounts(plain);
    const inverted = sumsOf(invertedTree(callTree(model, labels, amounts, true)));
    const expected = sums(labels, amounts, (path) => path.reverse());
    assert.ok(inverted.size > 100);
    for (const [key, weight] of inverted) assert.equal(weight, expected.get(key));
    for (const [key, weight] of expected) {
      if (weight >= expected.get("") * 0.0003) assert.equal(inverted.get(key), weight);
    }
  },
  "around a function each stack counts once, from its outermost call"() {
    const amounts = model.amounts(plain);
    const tree = callTree(model, labels, amounts, true);
    for (const label of [labels.of[2], labels.of[10], labels.of[33]]) {
      const { callers, callees } = sandwich(tree, (one) => one === label);
      const inner = sums(labels, amounts, (path) => path.includes(label) && path.slice(path.indexOf(label)));
      assert.deepEqual(sorted(sumsOf(callees)), sorted(inner));
      const outer = sums(labels, amounts,
        (path) => path.includes(label) && path.slice(0, path.indexOf(label) + 1).reverse());
      assert.equal(callers.weight[0], callees.weight[0]);
      for (const [key, weight] of sumsOf(callers)) assert.equal(weight, outer.get(key));
    }
  },
  "around a name are the functions of all modules that have it"() {
    const amounts = model.amounts(plain);
    const tree = callTree(model, labels, amounts, true);
    const both = [labels.of[5], labels.of[20]];
    const matches = (label) => both.includes(label);
    let expected = 0;
    for (let row = 0; row < model.rowCount; ++row)
      if (pathOf(labels, row).some(matches)) expected += amounts.weight[row];
    const { callers, callees } = sandwich(tree, matches);
    assert.equal(callees.weight[0], expected);
    assert.equal(callers.weight[0], expected);
    assert.ok(both.every((label) => sandwich(tree, (one) => one === label).callees.weight[0] < expected));
  },
  "what is drawn lies within what is above it, as wide as its share"() {
    const tree = callTree(model, labels, model.amounts(plain), true);
    for (const zoom of [0, tree.childrenOf(tree.childrenOf(0)[0])[0]]) {
      const rows = layout(tree, zoom, 1000, 0.6);
      const at = new Map();
      for (const [depth, row] of rows.entries()) {
        let right = 0;
        for (const { node, x, w } of row) {
          assert.equal(tree.depth[node], depth);
          assert.ok(x >= right - 1e-6 && x + w <= 1000 + 1e-6);
          right = x + w;
          at.set(node, { x, w });
          if (depth <= tree.depth[zoom]) continue;
          assert.ok(Math.abs(w - (1000 * tree.weight[node]) / tree.weight[zoom]) < 1e-6);
          const above = at.get(tree.parent[node]);
          assert.ok(x >= above.x - 1e-6 && x + w <= above.x + above.w + 1e-6);
        }
      }
      // All others are too narrow.
      for (let node = 1; node < tree.label.length; ++node) {
        let top = node;
        while (tree.depth[top] > tree.depth[zoom]) top = tree.parent[top];
        if (top === zoom && !at.has(node)) assert.ok((1000 * tree.weight[node]) / tree.weight[zoom] < 0.6);
      }
      assert.ok(at.size > 100);
    }
  },
  "details of several rows are those of all their blocks"() {
    const all = model.data.stacks.rows.details;
    const merged = mergeDetails([...model.details.values()]);
    const sum = (of) => all.reduce((total, one) => total + of(one), 0);
    const blocks = (one) => one[12].filter((_, i) => i % 2).reduce((a, b) => a + b);
    assert.equal(merged.blocks, sum(blocks));
    assert.equal([...merged.classes.values()].reduce((a, b) => a + b), merged.blocks);
    assert.equal(merged.freed, sum((one) => one[4]));
    assert.equal(merged.size.least, Math.min(...all.map((one) => one[1])));
    assert.equal(merged.size.most, Math.max(...all.map((one) => one[3])));
    assert.ok(Math.abs(merged.size.mean - sum((one) => one[2] * blocks(one)) / merged.blocks) < 1e-6);
    const ended = all.filter((one) => one[4] > 0);
    assert.equal(merged.life.least, Math.min(...ended.map((one) => one[5])));
    assert.equal(merged.births.most, Math.max(...ended.map((one) => one[10])));
    assert.ok(Math.abs(merged.life.mean - sum((one) => one[6] * one[4]) / merged.freed) < 1e-3);
    assert.equal(merged.oldest, Math.max(...all.map((one) => one[11])));
    assert.equal(mergeDetails([]), null);
  },
  "states of leaks add up to what was live"() {
    const total = (name) => model.rows[name].reduce((a, b) => a + b);
    const names = model.leakStates.map((one) => one.name);
    assert.deepEqual(names, ["lost", "unknown", "reachable", "suppressed", "unexamined"]);
    assert.equal(names.reduce((sum, name) => sum + total(name), 0), total("live"));
    assert.equal(names.reduce((sum, name) => sum + total(`${name}_blocks`), 0), total("live_blocks"));
  },
  "curves drawn with other steps keep their peaks"() {
    const timeline = { step_ns: 10, points: 5, heap: [[1, 9, 2, 6, 4], [1, 1, 1, 1, 1]] };
    assert.deepEqual(resampled(timeline, timeline.heap, 10, 7), [2, 10, 3, 7, 5, null, null]);
    assert.deepEqual(resampled(timeline, timeline.heap, 25, 2), [10, 7]);
    assert.deepEqual(resampled({ ...timeline, step_ns: 20 }, timeline.heap, 10, 10), [2, 2, 10, 10, 3, 3, 7, 7, 5, 5]);
  },
  "found are all stacks with a match, each once"() {
    const amounts = model.amounts(plain);
    const tree = callTree(model, labels, amounts, true);
    const matches = (label) => labels.name[label].includes("part1");
    let expected = 0;
    for (let row = 0; row < model.rowCount; ++row)
      if (pathOf(labels, row).some(matches)) expected += amounts.weight[row];
    assert.equal(found(tree, matches).weight, expected);
    assert.ok(expected > 0 && expected < tree.weight[0]);
  },
  "template arguments go, operators stay"() {
    for (const [name, merged] of [
      ["std::vector<int, std::allocator<int> >::push_back(int)", "std::vector<…>::push_back(int)"],
      ["operator<<(std::ostream&, int)", "operator<<(std::ostream&, int)"],
      ["a<b<c> >::operator->()", "a<…>::operator->()"],
      ["x::operator< <int>(x)", "x::operator< <…>(x)"],
      ["main", "main"],
    ]) assert.equal(withoutTemplateArguments(name), merged);
  },
  "a link has the view, and a broken one a view that works"() {
    const view = readView("#tab=sites&from=3&to=9&hide=0&search=a%26b%3Cc");
    assert.equal(view.search, "a&b<c");
    assert.deepEqual([view.from, view.to, view.hide], [3, 9, false]);
    assert.deepEqual(readView(writeView(view)), view);
    assert.equal(readView("#to=-1&from=x&owner=1e9").to, null);
    assert.doesNotThrow(() => model.amounts(readView("#to=99999&owner=77777&metric=none")));
  },
}));
