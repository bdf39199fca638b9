/* The legend: always what is on the map now, in both languages; methods of the page in map.js. */
(function (global) {
  "use strict";

  const { element, swatch, STATE_ORDER } = global.phusongShapes;

  global.phusongLegend = {
    drawLegendBox: function () {
      this.control("topleft", "legend", (box) => {
        this.legend = element("div", { class: "legend-body" });
        this.legendBox = box;
        box.append(element("details", { open: !this.isSmall }, element("summary", { text: this.words.legend }), this.legend));
      });
    },

    legendGroup: function (title, other, entries, note) {
      return element("section", {}, element("h4", {}, title, other ? element("small", { lang: this.otherLanguage(), text: other }) : null),
        this.legendList(entries),
        note ? element("p", { class: "legend-note", text: note }) : null);
    },

    legendList: function (entries) {
      return element("ul", {}, entries.map(([icon, text, under]) =>
        element("li", {}, icon, element("span", {}, text, under ? element("small", { lang: this.otherLanguage(), text: under }) : null))));
    },

    inBoth: function (key) { return [this.words[key], this.data.otherLabels[key]]; },

    otherTitle: function (key) { return this.data.otherLabels[key] + " · " + this.state.technology; },

    otherLanguage: function () { return this.data.language === "vi" ? "en" : "vi"; },

    noDataEntry: function () {
      const state = this.data.states.no_data;
      return [swatch("area", { fill: this.data.noData.fill, hatch: this.data.noData.ink }), state.label, state.other];
    },

    stateEntries: function (words) {
      return STATE_ORDER.map((state) => {
        const style = this.data.states[state];
        const icon = swatch(style.shape, { fill: style.fill, stroke: state === "no_data" ? this.data.noData.ink : undefined });
        return words ? [icon, ...this.inBoth(words[state])] : [icon, style.label, style.other];
      });
    },

    drawLegend: function () {
      const { shown } = this.state;
      const groups = [this.baseLegend()];
      if (shown.villages) groups.push(this.legendGroup(this.words.villages, this.otherTitle("villages"), this.stateEntries(), this.villageNote()));
      if (shown.fibre) groups.push(this.fibreLegend());
      if (shown.gaps) groups.push(this.gapLegend());
      if (shown.sites && this.data.sites) groups.push(this.siteLegend());
      const others = [];
      if (shown.places) others.push([swatch("triangle", { fill: "#ffffff", width: 1.4 }), ...this.inBoth("places")]);
      if (shown.fibre_nodes && this.data.fibreNodes) others.push([swatch("diamond", { fill: "#00796b" }), ...this.inBoth("fibre_nodes")]);
      if (shown.roads) others.push([swatch("line", { stroke: "#5b4a32", width: 2 }), ...this.inBoth("roads")]);
      if (others.length) groups.push(element("section", {}, this.legendList(others)));
      const filled = groups.filter(Boolean);
      this.legend.replaceChildren(...filled);
      this.legendBox.hidden = !filled.length;
      this.fitLegend();
    },

    villageNote: function () {
      const count = this.data.villages.withoutPoint;
      return count ? this.words.without_point.replace("{count}", this.number(count)) : null;
    },

    baseLegend: function () {
      if (this.state.base === "coverage") {
        const { covered, not_covered: lacking } = this.data.states;
        return this.legendGroup(this.words.base_coverage, this.otherTitle("base_coverage"), [
          [swatch("area", { fill: covered.fill }), ...this.data.signal.with],
          [swatch("area", { fill: lacking.fill }), ...this.data.signal.without], this.noDataEntry()]);
      }
      if (this.state.base === "levels") return this.levelLegend();
      const figure = this.figure();
      if (this.state.base !== "figure" || !figure) return null;
      const title = figure.label + (figure.perTechnology ? " · " + this.state.technology : "");
      const entries = figure.classes.map((text, index) => [swatch("area", { fill: figure.colours[index] }), text]);
      const note = this.data.communes.withoutData[figure.id] ? this.words.part_no_data_note : null;
      return this.legendGroup(title, figure.other, entries.reverse().concat([this.noDataEntry()]), note);
    },

    fibreLegend: function () {
      return this.legendGroup(...this.inBoth("fibre"), this.stateEntries({
        covered: "fibre_available", partly_covered: "fibre_partly", not_covered: "fibre_none", no_data: "no_data",
      }));
    },

    gapLegend: function () {
      const gaps = this.data.gaps[this.state.technology] || { rows: [], total: 0 };
      const note = this.words.drawn_of.replace("{shown}", this.number(gaps.rows.length)).replace("{total}", this.number(gaps.total));
      return this.legendGroup(this.words.gaps, this.otherTitle("gaps"),
        [[swatch("area", { fill: this.data.gapStyle.halo, stroke: this.data.gapStyle.ink, hatch: this.data.gapStyle.ink, width: 1.2 }), ...this.inBoth("gap")]], note);
    },

    siteLegend: function () {
      const { operators, rows, total } = this.data.sites;
      const note = rows.length < total
        ? this.words.drawn_of.replace("{shown}", this.number(rows.length)).replace("{total}", this.number(total)) : null;
      return this.legendGroup(...this.inBoth("sites"), operators.map(([name, colour]) => [swatch("triangle", { fill: colour }), name]).concat(this.sectorEntries()), note);
    },
  };
})(window);
