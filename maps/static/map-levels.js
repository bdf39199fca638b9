/* The ground of the map: relief, levels by tier at full resolution, and where stations point; methods of the page in map.js.
 *
 * Levels are in a pane that is multiplied with the relief below it (map.css): colours keep the shape of the ground.
 */
(function (global) {
  "use strict";

  const { element, swatch } = global.phusongShapes;

  const SECTORS_FROM_ZOOM = 11;

  /* At fractional zooms a browser leaves hairlines between tiles: one pixel more covers them. What is drawn is opaque, so
   * that nothing shows twice; Leaflet's own remedy (adding up both edges, map.css) leaves faint lines in such a pane. */
  const GroundTiles = L.TileLayer.extend({
    _initTile: function (tile) {
      L.TileLayer.prototype._initTile.call(this, tile);
      const size = this.getTileSize();
      tile.style.width = size.x + 1 + "px";
      tile.style.height = size.y + 1 + "px";
    },
  });

  global.phusongLevels = {
    hasRelief: function () {
      const { links, embedded, relief } = this.data;
      return Boolean(relief && (links.relief || (embedded && embedded.relief)));
    },

    hasLevels: function () { return Boolean(this.data.levels && (this.data.links.levels || this.data.embedded)); },

    pane: function (name, zIndex) {
      if (!this.map.getPane(name)) this.map.createPane(name).style.zIndex = zIndex;
      return name;
    },

    levelOperatorChoice: function () {
      if (!this.hasLevels()) return null;
      const { any, operators } = this.data.levels;
      const offered = (any ? [["any", any[0]]] : []).concat(operators);
      this.state.operator = offered[0][0];
      const select = element("select", { "aria-label": this.words.operator, disabled: true, onchange: () => {
        this.state.operator = select.value;
        this.refresh();
      } }, offered.map(([code, name]) => element("option", { value: code, text: name })));
      return select;
    },

    /* Communes by figure are opaque: what lies beneath would only muddle their colours. */
    refreshGround: function () {
      const { base, shown } = this.state;
      if (this.hasRelief()) {
        this.relief = this.relief || this.reliefLayer();
        if (shown.relief && base !== "figure") this.relief.addTo(this.map);
        else this.relief.remove();
      }
      const wanted = base === "levels" ? this.levelAddress() : null;
      if (this.levels && this.levels.address !== wanted) { this.levels.remove(); this.levels = null; }
      if (wanted && !this.levels) {
        this.levels = this.levelLayer(wanted);
        this.levels.address = wanted;
        this.levels.addTo(this.map);
      }
    },

    reliefLayer: function () {
      const { links, embedded, relief } = this.data;
      const pane = this.pane("relief", 150);
      if (links.relief_tiles) return new GroundTiles(links.relief_tiles, { pane, className: "ground-tile", maxZoom: 18 });
      return L.imageOverlay(links.relief || embedded.relief, relief.bounds, { pane, className: "relief-picture" });
    },

    levelAddress: function () {
      const { technology, operator } = this.state;
      if (!this.hasLevels()) return null;
      if (!this.data.links.levels) return (this.data.embedded.levels[technology] || {})[operator] || null;
      if (!this.data.levels.technologies.includes(technology)) return null;
      return this.data.links.levels.replace("{technology}", technology).replace("{operator}", encodeURIComponent(operator));
    },

    levelLayer: function (address) {
      const pane = this.pane("levels", 250);
      if (!this.data.links.levels) {
        return L.imageOverlay(address, this.data.embedded.bounds, { pane, className: "level-picture" });
      }
      return new GroundTiles(address, { pane, className: "ground-tile", maxZoom: 18, bounds: this.data.bounds });
    },

    /* The legend ends above the sources, however tall the page around the map is. */
    fitLegend: function () {
      if (this.isSmall) return;
      const frame = this.map.getContainer();
      const below = frame.querySelector(".leaflet-bottom.leaflet-left").getBoundingClientRect().top;
      const room = below - this.legend.getBoundingClientRect().top - 14;
      this.legend.style.maxHeight = Math.max(120, room) + "px";
    },

    levelWord: function () { return this.data.links.levels ? "base_levels" : "base_levels_file"; },

    operatorName: function () {
      const { any, operators } = this.data.levels;
      return this.state.operator === "any" ? any[0] : operators.find(([code]) => code === this.state.operator)[1];
    },

    levelLegend: function () {
      const { levels, embedded, links } = this.data;
      const { technology } = this.state;
      const title = this.words[this.levelWord()] + " · " + this.operatorName();
      const notes = [levels.note];
      if (!links.levels) {
        notes.push(embedded.step_m === null ? this.words.levels_missing
          : this.words.levels_overview.replace("{step}", this.number(embedded.step_m)));
      }
      const entries = levels.classes[technology].map(([fill, span, text, other]) =>
        [swatch("area", { fill }), span + " · " + text, other]);
      return this.legendGroup(title, this.otherTitle(this.levelWord()), entries.reverse().concat([this.noDataEntry()]), notes.join(". "));
    },

    /* Of the technology that is chosen; of one operator where levels are those of one. */
    styleSites: function () {
      if (!this.siteMarkers) return;
      const { base, operator, technology } = this.state;
      const index = this.data.technologies.indexOf(technology);
      const zoom = this.map.getZoom();
      const only = base === "levels" && operator !== "any" ? this.operatorName() : null;
      const reach = zoom < SECTORS_FROM_ZOOM ? 0 : Math.min(64, 12 * Math.pow(1.4, zoom - SECTORS_FROM_ZOOM));
      this.layers.sites.clearLayers();
      for (const marker of this.siteMarkers) {
        const lobes = reach ? this.lobesOf(marker, index) : null;
        // Stations on one mast reach differently far, so that each direction is seen.
        Object.assign(marker.options, { lobes, reach: reach * (1 + 0.16 * marker.operator) });
        if (!only || this.data.sites.operators[marker.operator][0] === only) this.layers.sites.addLayer(marker);
      }
    },

    lobesOf: function (marker, technology) {
      const lobes = [];
      for (let at = 0; at < marker.sectors.length; at += 3) {
        if (marker.sectors[at] === technology) lobes.push([marker.sectors[at + 1], marker.sectors[at + 2]]);
      }
      return lobes.length ? lobes : null;
    },

    sectorEntries: function () {
      if (!this.data.sites.sectors.some((sectors) => sectors.length)) return [];
      const [text, other] = this.inBoth("sectors").map((words) => words.replace("{zoom}", SECTORS_FROM_ZOOM));
      return [[swatch("wedge", { fill: "#ffffff", stroke: "#3c4b57", width: 1.3 }), text, other],
        [swatch("circle", { stroke: "#3c4b57" }), ...this.inBoth("omni")]];
    },
  };
})(window);
