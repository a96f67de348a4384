"use strict";

const CLASSES = ["xuất sắc", "tốt", "khá", "trung bình", "yếu"];
const LEVELS = { province: "Cấp tỉnh", district: "Cấp huyện", commune: "Cấp xã" };
const WORDS = {
  shorter: "sớm hạn", equal: "đúng hạn", longer: "trễ hạn", longer_within_extension: "trễ hạn, trong hạn hẹn lại",
  unknown: "chưa rõ hạn", overdue: "quá hạn chưa xong", overdue_extended: "quá hạn, đã hẹn lại", clear: "không phản ánh",
  dismissed: "phản ánh không đúng", complaint: "có phản ánh", none: "không", one: "một lần", several: "nhiều lần",
  one_stop: "Bộ phận Một cửa", required: "theo luật định", other: "nơi khác", on_time: "đúng hạn", late: "trễ hạn",
  pending: "chưa đến hạn", prolonged: "kéo dài", whole_chain: "trọn quy trình", both: "cả hai hình thức", one_way: "một hình thức",
  offered: "có trực tuyến", online_full: "hồ sơ trực tuyến", online_some: "hồ sơ trực tuyến", all_on_time: "trả lời đúng hạn",
  most_on_time: "trả lời đúng hạn", one_stop_only: "chỉ Bộ phận Một cửa", early_no_complaint: "sớm hạn, không phản ánh",
  on_time_no_complaint: "đúng hạn, không phản ánh",
};
const NARROW = matchMedia("(max-width: 950px)");
const KINDS = { dossier: "Hồ sơ", feedback: "Phản ánh", listing: "Thủ tục" };
const byId = (id) => document.getElementById(id);
const state = { period: "", basis: "settled", level: "", agency: null, index: null, moved: new Set() };
let source = null;
let planned = null;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const points = (value) => (value === null ? "–" : value.toLocaleString("vi-VN", { minimumFractionDigits: 1 }));
const words = (outcome) => outcome.split(/([:+~])/).map((part) => ({ ":": ", ", "+": " + ", "~": ", phiếu: " })[part] ?? WORDS[part] ?? part).join("");
const badge = (name) => element("span", { class: `class class-${CLASSES.indexOf(name)}` }, name);
const clock = (text) => new Date(text).toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });

function periodName(id) {
  const [year, part] = id.split("-");
  if (!part) return `Năm ${year}`;
  return part.startsWith("Q") ? `Quý ${part.slice(1)}/${year}` : `Tháng ${Number(part)}/${year}`;
}

async function get(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null);
  const response = await fetch(`${path}?${new URLSearchParams(given)}`);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || response.statusText);
  return body;
}

async function shown(work) {
  try {
    await work();
    byId("problem").hidden = true;
  } catch (error) {
    byId("problem").textContent = `Không đọc được dữ liệu: ${error.message}`;
    byId("problem").hidden = false;
  }
}

function showFreshness(found) {
  const behind = found.events_behind === null ? "chưa nối được luồng sự kiện"
    : found.events_behind === 0 ? "đã xử lý hết sự kiện" : `còn ${found.events_behind} sự kiện chưa xử lý`;
  const last = found.last_applied_at ? `; sự kiện gần nhất được tính lúc ${clock(found.last_applied_at)}` : "";
  byId("behind").textContent = behind + last;
}

function showClasses(levels) {
  const head = element("tr", {}, element("th", {}, "Cấp"), ...CLASSES.map((name) => element("th", {}, badge(name))), element("th", {}, "Cộng"));
  byId("classes").tHead.replaceChildren(head);
  byId("classes").tBodies[0].replaceChildren(...levels.map((each) => element("tr", {},
    element("td", {}, LEVELS[each.level] || "Chưa đăng ký"),
    ...CLASSES.map((name) => element("td", { class: "number" }, String(each.classes[name] ?? 0))),
    element("td", { class: "number" }, String(each.agencies)))));
}

function rankingRow(item) {
  const choose = () => chooseAgency(item.agency);
  const marks = [item.agency === state.agency ? "chosen" : "", state.moved.has(item.agency) ? "moved" : ""];
  return element("tr", { class: marks.join(" ").trim(), tabindex: "0", "data-agency": item.agency, onclick: choose,
    onkeydown: (event) => { if (event.key === "Enter") choose(); } },
  element("td", { class: "number" }, String(item.rank)),
  element("td", {}, item.name || item.agency, element("div", { class: "code" }, item.agency)),
  element("td", { class: "score" }, points(item.total)),
  element("td", {}, badge(item.classification)),
  element("td", { class: "number" }, `${item.counted}/9`));
}

function filterRows() {
  const wanted = byId("search").value.trim().toLocaleLowerCase("vi");
  for (const row of byId("ranking").tBodies[0].rows) {
    row.hidden = !row.cells[1].textContent.toLocaleLowerCase("vi").includes(wanted);
  }
}

async function loadRanking() {
  const items = [];
  let page = null;
  do {
    page = await get("evaluations", { period: state.period, basis: state.basis, level: state.level, limit: 500, cursor: page ? page.next_cursor : null });
    items.push(...page.items);
  } while (page.next_cursor);
  const book = page.asked.rulebook;
  byId("asked").textContent = `${periodName(state.period)} · ${page.agencies} cơ quan · bộ quy tắc ${book.id} (${book.version})` +
    (book.valid_for_period ? "" : ", không có hiệu lực trong kỳ này");
  showFreshness(page.freshness);
  showClasses(page.levels);
  byId("ranking").tBodies[0].replaceChildren(...items.map(rankingRow));
  byId("none").hidden = items.length > 0;
  state.moved.clear();
  filterRows();
}

function whyLine(index) {
  const parts = [index.reason.vi];
  const counts = index.outcomes.length
    ? index.outcomes.map((each) => `${words(each.outcome)}: ${each.n}${each.points === null ? "" : ` × ${each.points}`}`)
    : index.shares.map((each) => `${words(each.name)}: ${each.part}/${each.whole}${each.needed_percent === null ? "" : ` (cần ${each.needed_percent} %)`}`);
  if (index.dossiers) parts.push(`${index.points} điểm / ${index.dossiers} hồ sơ.`);
  return element("div", { class: "why" }, parts.join(" "), counts.length ? element("div", {}, counts.join(" · ")) : null,
    element("div", {}, index.article));
}

function indexBlock(index) {
  const bar = element("i");
  bar.style.width = `${(index.tenths ?? 0) * 5}%`;
  const block = element("div", { class: "index" },
    element("button", { type: "button", "aria-expanded": String(state.index === index.index), onclick: () => chooseIndex(index.index) },
      element("span", { class: "code" }, String(index.index)), element("span", {}, index.name.vi),
      element("span", { class: "bar" }, bar), element("span", { class: "score" }, points(index.score))),
    whyLine(index));
  block.id = `index-${index.index}`;
  return block;
}

function entityLine(item) {
  const name = item.kind === "listing" ? item.id.split(" ")[1] : item.id;
  const code = item.kind === "dossier" ? element("a", { href: `dossiers/${encodeURIComponent(item.id)}` }, name) : name;
  const given = item.point.points === null ? "" : ` (${item.point.points} điểm)`;
  return element("li", {}, `${KINDS[item.kind]} `, code, `${given}: ${item.point.reason.vi}`);
}

async function loadEntities() {
  const block = byId(`index-${state.index}`);
  if (!block) return;
  const path = `evaluations/${encodeURIComponent(state.agency)}/${state.period}/indices/${state.index}/entities`;
  const averaged = [1, 2, 3, 4, 7].includes(state.index);
  const lost = averaged ? (await get(path, { basis: state.basis, points: 0, limit: 20 })).items : [];
  const items = lost.length ? lost : (await get(path, { basis: state.basis, limit: 20 })).items;
  const title = lost.length ? "Những hồ sơ bị 0 điểm (tối đa 20):" : "Các mục được tính (tối đa 20):";
  block.append(element("ul", { class: "entities" }, element("li", {}, items.length ? title : "Không có mục nào."), ...items.map(entityLine)));
}

async function loadDetail() {
  if (!state.agency) return;
  const found = await get(`evaluations/${encodeURIComponent(state.agency)}/${state.period}`, { basis: state.basis });
  const assessed = found.assessments.map((each) => `${each.kind === "self_score" ? "tự chấm" : "thẩm định"} ${points(each.total)}`);
  const facts = [found.agency, LEVELS[found.level], found.revision ? `bản công bố thứ ${found.revision}` : "chưa công bố", ...assessed];
  byId("detail").replaceChildren(
    element("h2", {}, found.name || found.agency),
    element("p", { class: "code" }, facts.filter(Boolean).join(" · ")),
    element("p", {}, element("b", { class: "score" }, `${points(found.total)} / 18 điểm `), badge(found.classification),
      ` · ${found.counted}/9 chỉ số đủ thông tin`),
    ...found.indices.map(indexBlock));
  if (state.index) await loadEntities();
}

function chooseAgency(agency) {
  state.agency = agency;
  state.index = null;
  for (const row of byId("ranking").tBodies[0].rows) row.classList.toggle("chosen", row.dataset.agency === agency);
  remember();
  shown(loadDetail).then(() => { if (NARROW.matches) byId("detail").scrollIntoView({ behavior: "smooth" }); });
}

function chooseIndex(index) {
  state.index = state.index === index ? null : index;
  shown(loadDetail);
}

function remember() {
  const given = { period: state.period, basis: state.basis, level: state.level, agency: state.agency || "" };
  history.replaceState(null, "", `#${new URLSearchParams(Object.entries(given).filter(([, value]) => value))}`);
}

function planReload() {
  if (planned === null) planned = setTimeout(() => { planned = null; shown(async () => { await loadRanking(); await loadDetail(); }); }, 700);
}

function follow() {
  if (source) source.close();
  source = new EventSource(`stream?${new URLSearchParams({ period: state.period })}`);
  source.onopen = () => { byId("light").className = "on"; planReload(); };
  source.onerror = () => { byId("light").className = "off"; byId("behind").textContent = "mất kết nối, đang nối lại…"; };
  source.addEventListener("evaluation.changed", (event) => {
    state.moved.add(JSON.parse(event.data).change.agency);
    planReload();
  });
}

function choose() {
  for (const name of ["period", "basis", "level"]) state[name] = byId(name).value;
  remember();
  follow();
  shown(async () => { await loadRanking(); await loadDetail(); });
}

async function start() {
  const periods = await get("periods");
  const asked = new URLSearchParams(location.hash.slice(1));
  const years = periods.filter((each) => /^\d{4}$/.test(each.period)).sort((a, b) => b.agencies - a.agencies);
  const chosen = asked.get("period") || (years[0] || { period: String(new Date().getFullYear()) }).period;
  const ids = [...new Set([...periods.map((each) => each.period), chosen])].sort().reverse();
  byId("period").replaceChildren(...ids.map((id) => element("option", { value: id }, periodName(id))));
  byId("period").value = chosen;
  for (const name of ["basis", "level"]) byId(name).value = asked.get(name) || byId(name).value;
  state.agency = asked.get("agency");
  choose();
}

byId("choice").addEventListener("change", (event) => { if (event.target.id !== "search") choose(); });
byId("choice").addEventListener("submit", (event) => event.preventDefault());
byId("search").addEventListener("input", filterRows);
shown(start);
