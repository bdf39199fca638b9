/* What a reader is told about a thing on the map: tips and popups; methods of the page in map.js. */
(function (global) {
  "use strict";

  const { element, swatch, STATE_OF } = global.phusongShapes;

  /* Between a popup and what is beside it. */
  const GAP_PX = 8;
  /* The text of a popup, and what its frame has at both sides of it (map.css). */
  const WIDEST_PX = 320;
  const MARGINS_PX = 32;
  /* A popup that is lowered keeps this much for its text. */
  const LOWEST_PX = 60;

  const width = ({ left, right }) => right - left;
  const height = ({ top, bottom }) => bottom - top;

  /* By how much the map must be moved for a box to lie in a room. */
  function shift(box, room) {
    const along = (from, to) => Math.min(box[from] - room[from], 0) || Math.max(box[to] - room[to], 0);
    return [along("left", "right"), along("top", "bottom")];
  }

  /* Leaflet's own panning knows nothing of the boxes over the map. */
  const PagePopup = L.Popup.extend({
    options: { autoPan: false },
    update: function () {
      if (!this._map) return;
      this.options.maxWidth = Math.min(WIDEST_PX, this._map.getSize().x - 2 * GAP_PX - MARGINS_PX);
      this.options.maxHeight = null;
      L.Popup.prototype.update.call(this);
      this.options.page.makeRoom(this);
    },
    lower: function (by) {
      const text = this.getElement().querySelector(".leaflet-popup-content");
      this.options.maxHeight = Math.max(LOWEST_PX, text.offsetHeight - by);
      L.Popup.prototype.update.call(this);
    },
  });

  global.phusongPopups = {
    communeTip: function (index) {
      const row = this.data.communes.rows[index];
      const tip = element("div", {}, element("strong", { text: row[1] }));
      const figure = this.state.base === "figure" && this.figure();
      if (figure) tip.append(element("br"), this.figureText(figure, index));
      return tip;
    },

    figureText: function (figure, index) {
      const value = this.values(figure)[index];
      if (value === null || value === undefined) return this.words.no_data;
      const text = figure.unit === "share" ? this.share(value) : this.number(value);
      const unknown = this.shareWithoutData(figure, index);
      return unknown ? text + " · " + this.words.part_no_data.replace("{share}", this.share(unknown)) : text;
    },

    communePopup: function (index) {
      const [code, name, type, population, area] = this.data.communes.rows[index];
      const facts = [
        [this.words.population, this.number(population)],
        [this.words.area, this.number(area) + "\u00a0km²"],
      ];
      const figures = this.figures().map((figure) => [figure.label, this.figureText(figure, index)]);
      return this.popup(name, type + " · " + code, facts.concat(figures), this.state.technology);
    },

    popup: function (title, under, facts, technology, extra) {
      const body = element("tbody", {}, facts.map(([name, value]) =>
        element("tr", {}, element("th", { scope: "row", text: name }), element("td", {}, value))));
      return element("div", { class: "map-popup" },
        element("h3", { text: title }),
        element("p", { class: "under", text: under + (technology ? " · " + technology : "") }),
        element("table", {}, body),
        this.data.flatGround ? element("p", { class: "under flat-ground", text: this.data.flatGround }) : undefined, extra);
    },

    stateBadge: function (state) {
      const style = this.data.states[state];
      return element("span", { class: "state" },
        swatch(style.shape, { fill: style.fill, stroke: state === "no_data" ? this.data.noData.ink : undefined }), style.label);
    },

    villagePopup: function (row) {
      const [, , id, name, commune, households, power, letters, fibre] = row;
      const facts = this.data.technologies.map((technology, index) => [technology, this.stateBadge(STATE_OF[letters[index]])]);
      facts.push([this.words.households, this.number(households)], [this.words.power, power]);
      if (fibre) facts.push([this.words.fibre, this.fibreWord(fibre)]);
      const link = this.data.links.village
        ? element("p", {}, element("a", { href: this.data.links.village.replace("{id}", id), text: this.words.details }))
        : null;
      return this.popup(name, commune || this.words.village, facts, "", link);
    },

    fibreWord: function (letter) {
      return { c: this.words.fibre_available, p: this.words.fibre_partly, n: this.words.fibre_none, d: this.words.no_data }[letter];
    },

    bindPopup: function (layer, build) {
      const popup = new PagePopup({ page: this });
      layer.bindPopup(popup.setContent(() => this.withExplanation(build(), layer, popup.getLatLng())));
    },

    /* At a mast itself there is no path to explain. */
    withExplanation: function (body, layer, { lat, lng }) {
      if (!this.data.links.explain || layer.isMast) return body;
      const href = this.data.links.explain.replace("{lon}", lng.toFixed(6)).replace("{lat}", lat.toFixed(6));
      body.append(element("p", { class: "explain" }, element("a", { href, text: this.words.explain })));
      return body;
    },

    /* Moves the map the shortest way until nothing covers the popup. Where it fits nowhere beside the boxes, as on a
     * phone, those at the top are put away while it is open; where it is too tall even so, it scrolls. */
    makeRoom: function (popup) {
      this.reading = popup;
      if (this.closeBoxes) this.closeBoxes();
      let box = this.boxOf(popup), putAway = false;
      const fits = (room) => width(room) >= width(box) && height(room) >= height(box);
      let rooms = this.rooms(putAway).filter(fits);
      if (!rooms.length) {
        putAway = true;
        const tall = this.rooms(putAway).filter((room) => width(room) >= width(box)).sort((a, b) => height(b) - height(a));
        if (tall.length && !fits(tall[0])) {
          popup.lower(height(box) - height(tall[0]));
          box = this.boxOf(popup);
        }
        rooms = tall.filter((room, index) => !index || fits(room));
      }
      this.map.getContainer().classList.toggle("reading", putAway);
      const [shortest] = rooms.map((room) => shift(box, room)).sort((a, b) => Math.hypot(...a) - Math.hypot(...b));
      if (shortest && Math.hypot(...shortest) > 0) this.map.panBy(shortest);
    },

    /* A box that grows beside an open popup, as when the legend is opened, must not cover it. On a phone the reader has
     * opened it over the popup, and it stays. */
    watchBoxes: function () {
      if (this.closeBoxes) return;
      const boxes = new ResizeObserver(() => { if (this.reading) this.makeRoom(this.reading); });
      this.map.getContainer().querySelectorAll(".leaflet-control-container > div").forEach((corner) => boxes.observe(corner));
    },

    endReading: function (popup) {
      if (popup !== this.reading) return;
      this.reading = null;
      this.map.getContainer().classList.remove("reading");
    },

    /* A popup with its tip, in pixels of the frame. */
    boxOf: function (popup) {
      const frame = this.map.getContainer().getBoundingClientRect();
      const { left, right, top } = popup.getElement().getBoundingClientRect();
      const { bottom } = popup.getElement().querySelector(".leaflet-popup-tip-container").getBoundingClientRect();
      return { left: left - frame.left, right: right - frame.left, top: top - frame.top, bottom: bottom - frame.top };
    },

    /* What the boxes in the four corners leave free of the part of the map that is in the window: for each left and
     * right edge the whole height between them. */
    rooms: function (withoutTop) {
      const { x, y } = this.map.getSize();
      const frame = this.map.getContainer().getBoundingClientRect();
      const corner = (vertical, side) => {
        if (withoutTop && vertical === "top") return { width: 0, height: 0 };
        return this.map.getContainer().querySelector(`.leaflet-${vertical}.leaflet-${side}`).getBoundingClientRect();
      };
      const [topLeft, topRight, bottomLeft, bottomRight] =
        [corner("top", "left"), corner("top", "right"), corner("bottom", "left"), corner("bottom", "right")];
      const reach = (from, left, to, right) => Math.max(left < from.width ? from.height : 0, right < to.width ? to.height : 0);
      const found = [];
      for (const left of new Set([0, topLeft.width, bottomLeft.width])) {
        for (const right of new Set([0, topRight.width, bottomRight.width])) {
          const top = Math.max(reach(topLeft, left, topRight, right), -frame.top);
          const bottom = Math.min(y - reach(bottomLeft, left, bottomRight, right), global.innerHeight - frame.top);
          found.push({ left: left + GAP_PX, right: x - right - GAP_PX, top: top + GAP_PX, bottom: bottom - GAP_PX });
        }
      }
      return found;
    },
  };
})(window);
