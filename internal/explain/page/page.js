"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const copy = $("copy");
  copy.addEventListener("click", async () => {
    const range = document.createRange();
    range.selectNodeContents($("nixcode"));
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    try {
      await navigator.clipboard.writeText($("nixcode").textContent);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Selected: press Ctrl+C";
    }
  });
  const view = $("view");
  if (!view) return;

  const svg = $("graph"), world = $("world");
  const data = JSON.parse($("data").textContent);
  const nodes = [...document.querySelectorAll(".node")].map((el, i) => {
    const d = el.dataset, members = data.members[i] || null;
    return {
      el, i, members, to: [], from: [], group: d.group, title: d.title, about: d.about, missing: el.classList.contains("missing"),
      home: [+d.x, +d.y], x: +d.x, y: +d.y, off: false,
      text: [d.title, d.about, ...(members || []).map((m) => m.title)].join("\n").toLowerCase(),
    };
  });
  for (const [from, to] of data.edges) {
    nodes[from].to.push(to);
    nodes[to].from.push(from);
  }
  const width = 232, height = 24, margin = 20;
  let W = 0, H = 0;
  const measure = () => {
    const shown = nodes.filter((n) => !n.off);
    W = Math.max(0, ...shown.map((n) => n.x)) + width + margin;
    H = Math.max(0, ...shown.map((n) => n.y)) + height + margin;
  };

  // Pan and zoom: one transform on one group.
  let x = 0, y = 0, k = 1;
  let drawn = 0;
  const apply = () => {
    drawn ||= requestAnimationFrame(() => {
      drawn = 0;
      world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
    });
  };
  const zoom = (factor, cx, cy) => {
    const next = Math.min(4, Math.max(0.03, k * factor));
    x = cx - (cx - x) * (next / k);
    y = cy - (cy - y) * (next / k);
    k = next;
    apply();
  };
  const bounds = () => view.getBoundingClientRect();
  let placed = false; // whether what is missing stands apart
  const narrow = () => bounds().width < 700;
  // Letters of 10 pixels; of 8 on a phone, or where all columns are then in view.
  const readable = () => narrow() ? 0.68 : data.fold ? 0.85 : Math.min(0.85, Math.max(0.68, bounds().width / W));
  const show = (least) => {
    view.style.height = "";
    k = Math.max(least, Math.min(1.1, bounds().width / W, bounds().height / H));
    // No more height than the picture takes.
    const b = bounds(), tall = Math.max(260, Math.min(b.height, H * k));
    view.style.height = `${tall}px`;
    x = Math.max(0, (b.width - W * k) / 2);
    y = H * k > tall ? 0 : (tall - H * k) / 2; // a tall picture begins at its top
    apply();
  };
  const fit = () => show(0);
  const middle = () => [bounds().width / 2, bounds().height / 2];
  $("in").addEventListener("click", () => zoom(1.3, ...middle()));
  $("out").addEventListener("click", () => zoom(1 / 1.3, ...middle()));
  $("fit").addEventListener("click", fit);
  view.addEventListener("wheel", (e) => {
    e.preventDefault();
    zoom(Math.exp(-e.deltaY * 0.0015), e.clientX - bounds().left, e.clientY - bounds().top);
  }, { passive: false });

  const fingers = new Map();
  let moved = 0;
  view.addEventListener("pointerdown", (e) => {
    fingers.set(e.pointerId, e);
    moved = 0;
    view.classList.add("drag");
  });
  view.addEventListener("pointermove", (e) => {
    const last = fingers.get(e.pointerId);
    if (!last) return;
    const others = [...fingers.values()].filter((f) => f.pointerId !== e.pointerId);
    if (others.length) {
      const o = others[0];
      const was = Math.hypot(last.clientX - o.clientX, last.clientY - o.clientY);
      const is = Math.hypot(e.clientX - o.clientX, e.clientY - o.clientY);
      if (was > 0) zoom(is / was, (e.clientX + o.clientX) / 2 - bounds().left, (e.clientY + o.clientY) / 2 - bounds().top);
    } else {
      x += e.clientX - last.clientX;
      y += e.clientY - last.clientY;
      apply();
    }
    moved += Math.abs(e.clientX - last.clientX) + Math.abs(e.clientY - last.clientY);
    fingers.set(e.pointerId, e);
  });
  const lift = (e) => {
    fingers.delete(e.pointerId);
    if (!fingers.size) view.classList.remove("drag");
  };
  for (const type of ["pointerup", "pointercancel", "pointerleave"]) view.addEventListener(type, lift);

  // Edges are two paths: all that are drawn, and those of what is selected.
  const curve = (a, b) => {
    const x1 = a.x + width, y1 = a.y + height / 2, x2 = b.x, y2 = b.y + height / 2, bend = Math.max(50, (x2 - x1) / 2);
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  };
  const draw = (path, list) => {
    const d = list.map(([a, b]) => curve(nodes[a], nodes[b])).join("");
    if (path.getAttribute("d") === d) return;
    path.dataset.count = list.length;
    path.setAttribute("d", d);
  };

  // Search and filters.
  const search = $("search"), only = $("only"), status = $("status");
  const groups = [...document.querySelectorAll("input[name=group]")];
  // Rows are laid out anew at once only in tables that are in view; in others once no letter
  // follows.
  const tables = [...document.querySelectorAll("main .tall")].map((el) => ({ el, rows: null, seen: true }));
  const rowsOf = (t) => t.rows ||= [...t.el.querySelectorAll("tr.row")].map((el) => ({ el, text: el.textContent.toLowerCase(), missing: el.dataset.missing }));
  let hide = null, rest = 0;
  const follow = (t) => { for (const r of hide ? rowsOf(t) : []) if (r.el.hidden !== hide(r)) r.el.hidden = !r.el.hidden; };
  const sight = new IntersectionObserver((entries) => {
    for (const e of entries) {
      const t = tables.find((t) => t.el === e.target);
      t.seen = e.isIntersecting;
      if (t.seen) follow(t);
    }
  });
  for (const t of tables) sight.observe(t.el);
  const filter = (rule) => {
    hide = rule;
    clearTimeout(rest);
    tables.filter((t) => t.seen).forEach(follow);
    rest = setTimeout(() => tables.forEach(follow), 200);
  };
  let selected = null;

  // What is missing on the right, as the table has it; who needs it on the left, near to that.
  const place = (apart) => {
    if (apart === placed) return false;
    placed = apart;
    const put = (n, x, y) => {
      [n.x, n.y] = [x, y];
      n.el.setAttribute("transform", `translate(${x} ${y})`);
    };
    if (!apart) {
      for (const n of nodes) put(n, ...n.home);
      return true;
    }
    const worst = (n) => ["nobody", "dist", "nixpkgs"].indexOf(n.group);
    const missing = nodes.filter((n) => n.missing).sort((a, b) => worst(a) - worst(b)), row = new Map(missing.map((n, i) => [n.i, i]));
    const near = (n) => { const rows = n.to.filter((i) => row.has(i)).map((i) => row.get(i)); return rows.reduce((a, b) => a + b, 0) / rows.length; };
    const need = nodes.filter((n) => !n.missing && n.to.some((i) => row.has(i))).sort((a, b) => near(a) - near(b));
    need.forEach((n, i) => put(n, margin, margin + 32 * i));
    missing.forEach((n, i) => put(n, margin + width + (narrow() ? 60 : 160), margin + 32 * i));
    return true;
  };
  // What is to be shown, in one string: where it is as before nothing need be done.
  let shown = null, marked = true;
  const update = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = new Set(groups.filter((g) => g.checked).map((g) => g.value));
    const wanted = JSON.stringify([words, [...on], only.checked, selected]);
    if (wanted === shown) return;
    shown = wanted;
    const matches = (text) => words.every((w) => text.includes(w));
    const near = selected === null ? null : new Set([selected, ...nodes[selected].to, ...nodes[selected].from]);
    let hits = 0, count = 0;
    for (const n of nodes) {
      n.off = !on.has(n.group) || only.checked && !n.missing && !n.to.some((to) => nodes[to].missing);
      n.hit = words.length > 0 && matches(n.text);
      if (!n.off) count++;
      if (n.hit && !n.off) hits++;
      const is = (name, value) => { if (n.el.classList.contains(name) !== value) n.el.classList.toggle(name, value); };
      is("off", n.off);
      is("hit", n.hit);
      is("sel", n.i === selected);
      is("dim", words.length > 0 && !n.hit || near !== null && !near.has(n.i));
    }
    const moved = place(only.checked);
    const visible = data.edges.filter(([a, b]) => !nodes[a].off && !nodes[b].off);
    const few = (list) => list.length > 200 && data.fold ? [] : list;
    const all = only.checked ? visible.filter(([, b]) => nodes[b].missing)
      : words.length ? few(visible.filter(([a, b]) => nodes[a].hit && nodes[b].hit))
      : data.fold ? [] : visible;
    draw($("plain"), selected !== null && !only.checked ? [] : all);
    draw($("lit"), visible.filter(([a, b]) => a === selected || b === selected));
    if (words.length || only.checked || marked) filter((r) => words.length > 0 && !matches(r.text) || only.checked && r.missing === "false");
    marked = words.length > 0 || only.checked;
    reach(nodes.find((n) => n.i === selected && !n.off) || nodes.find((n) => !n.off));
    status.textContent = words.length ? `${hits} of ${count} match`
      : `${count} of ${nodes.length} shown` + (data.fold && !only.checked && selected === null ? "; choose one to see what it needs, or search" : "");
    if (moved) { measure(); show(readable()); }
    if (words.length && hits > 0 && hits < 4 && selected === null) center(nodes.find((n) => n.hit && !n.off));
  };
  // Many letters between two frames are one piece of work.
  let due = 0;
  const soon = () => { due ||= requestAnimationFrame(() => { due = 0; update(); }); };
  const center = (n) => {
    const b = bounds();
    if (k < 0.6) k = 0.9;
    x = b.width / 2 - (n.x + width / 2) * k;
    y = b.height / 2 - (n.y + height / 2) * k;
    apply();
  };
  search.addEventListener("input", () => {
    selected = null;
    $("panel").hidden = true;
    soon();
  });
  only.addEventListener("change", soon);
  for (const g of groups) g.addEventListener("change", soon);

  // One node in full.
  const list = (id, items, none) => {
    const div = $(id), ul = div.querySelector("ul");
    div.hidden = items === null;
    if (items === null) return;
    ul.replaceChildren(...(items.length ? items : [null]).map((item) => {
      const li = document.createElement("li");
      if (item === null) { li.textContent = none; return li; }
      const b = document.createElement("button");
      b.type = "button";
      b.textContent = item.title;
      b.addEventListener("click", item.go);
      li.append(b);
      return li;
    }));
  };
  const link = (i) => ({ title: nodes[i].title, go: () => { select(i); center(nodes[i]); } });
  const select = (i, of = null) => {
    selected = i;
    const panel = $("panel");
    panel.hidden = i === null;
    if (i !== null) {
      const n = nodes[i], folder = n.members && of === null;
      $("p-title").textContent = of === null ? n.title : of.title;
      $("p-about").textContent = of === null ? n.about : "one of " + n.about;
      list("p-members", folder ? n.members.map((m) => ({ title: m.title, go: () => select(i, m) })) : null);
      list("p-needs", (of === null ? n.to : of.to).map(link), "nothing but the C library");
      list("p-by", of === null ? n.from.map(link) : [], "nothing here");
      panel.scrollTop = 0;
      // What is selected stays beside the panel.
      const r = n.el.getBoundingClientRect(), p = panel.getBoundingClientRect();
      if (!narrow() && r.right > p.left - 16) x -= r.right - p.left + 16;
      if (narrow() && r.bottom > p.top - 16) y -= r.bottom - p.top + 16;
      apply();
    }
    update();
  };
  $("nodes").addEventListener("click", (e) => {
    const el = e.target.closest(".node");
    if (!el || moved >= 6) return;
    const n = nodes.find((n) => n.el === el);
    select(n.i === selected ? null : n.i);
  });

  // One node can be reached by Tab; from it arrows lead on: up and down through all,
  // left and right along the edges.
  let reached = null;
  const reach = (n) => {
    if (reached === n) return;
    if (reached) reached.el.tabIndex = -1;
    reached = n || null;
    if (reached) reached.el.tabIndex = 0;
  };
  const go = (n) => { if (n) { reach(n); n.el.focus(); center(n); } };
  $("nodes").addEventListener("keydown", (e) => {
    const n = nodes.find((n) => n.el === e.target);
    if (!n) return;
    const shown = nodes.filter((n) => !n.off), at = shown.indexOf(n), on = (i) => nodes[i] && !nodes[i].off;
    const next = {
      ArrowDown: () => go(shown[at + 1]), ArrowUp: () => go(shown[at - 1]), Home: () => go(shown[0]), End: () => go(shown[shown.length - 1]),
      ArrowRight: () => go(nodes[n.to.find(on)]), ArrowLeft: () => go(nodes[n.from.find(on)]),
      Enter: () => { select(n.i); $("close").focus(); }, " ": () => { select(n.i); $("close").focus(); },
    }[e.key];
    if (next) { e.preventDefault(); e.stopPropagation(); next(); }
  });
  $("close").addEventListener("click", () => { const was = nodes[selected]; select(null); if (was) go(was); });
  view.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[e.key];
    if (step) { e.preventDefault(); x += step[0]; y += step[1]; apply(); }
    if (e.key === "+" || e.key === "=") zoom(1.3, ...middle());
    if (e.key === "-") zoom(1 / 1.3, ...middle());
    if (e.key === "0") fit();
    if (e.key === "Escape") select(null);
  });
  // The beginning of a large graph in letters that can be read, not all of it.
  const start = () => { measure(); show(readable()); };
  addEventListener("resize", start);
  update();
  start();
})();
