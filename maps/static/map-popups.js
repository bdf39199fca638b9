/* What a reader is told about a thing on the map: tips and popups; methods of the page in map.js. */
(function (global) {
  "use strict";

  const { element, swatch, STATE_OF } = global.phusongShapes;

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
        [this.words.area, this.number(area) + " km²"],
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

    /* At a mast itself there is no path to explain. */
    offerExplanation: function (popup) {
      const body = popup.getElement().querySelector(".map-popup");
      if (!body || body.querySelector(".explain") || (popup._source && popup._source.isMast)) return;
      const { lat, lng } = popup.getLatLng();
      const href = this.data.links.explain.replace("{lon}", lng.toFixed(6)).replace("{lat}", lat.toFixed(6));
      body.append(element("p", { class: "explain" }, element("a", { href, text: this.words.explain })));
    },
  };
})(window);
