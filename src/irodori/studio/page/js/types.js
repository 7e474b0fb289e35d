/**
 * The shapes that the modules hand each other. Positions and radii are in pixels of the drawing.
 *
 * @typedef {[number, number, number]} RGB sRGB, each 0..255
 * @typedef {[number, number, number]} Spot x, y and the brush's radius there
 *
 * @typedef {object} Hint what the artist says about color at a place
 * @property {string} id
 * @property {number} z later over earlier
 * @property {string | null} color "#RRGGBB", or null for "leave empty here"
 * @property {Spot[]} points one for a dab, more for a stroke
 *
 * @typedef {object} PaletteState
 * @property {string[]} colors "#RRGGBB", at most 16
 * @property {boolean} locked the picture keeps to exactly these
 *
 * @typedef {object} Doc all that is said about one drawing
 * @property {Record<string, Hint>} hints
 * @property {PaletteState} palette
 * @property {number} seed which proposal; 0 is the likeliest
 *
 * @typedef {object} Change one step of history; each pair is [before, after]
 * @property {Record<string, [Hint | null, Hint | null]>} [hints]
 * @property {[PaletteState, PaletteState]} [palette]
 * @property {[number, number]} [seed]
 *
 * @typedef {object} View where the drawing lies on the stage, in CSS pixels
 * @property {number} scale
 * @property {number} x of the drawing's left edge
 * @property {number} y of the drawing's top edge
 */

/**
 * @typedef {object} WireHint a hint as the server keeps it
 * @property {string} id
 * @property {"dab" | "stroke"} kind
 * @property {number} [x]
 * @property {number} [y]
 * @property {number[][]} [points] x, y and, if it differs, the radius there
 * @property {string} color
 * @property {number} radius
 * @property {boolean} [empty]
 *
 * @typedef {{ color: string, weight?: number }} WireColor
 *
 * @typedef {object} DrawingInfo a drawing as the server describes it
 * @property {string} id
 * @property {string} name
 * @property {number} width
 * @property {number} height
 * @property {{ width: number, height: number }} frame
 * @property {boolean} colored the picture it came from had colors
 * @property {"kept" | "extracted"} lines
 * @property {boolean} transparent
 * @property {boolean} restored
 * @property {{ hints: WireHint[], palette: WireColor[], locked: boolean, seed: number }} state
 *
 * @typedef {object} SessionInfo
 * @property {string} session
 * @property {boolean} resumed
 * @property {DrawingInfo[]} drawings
 * @property {string | null} current
 *
 * @typedef {object} Proposal
 * @property {number} seed
 * @property {WireColor[]} palette
 * @property {string} image a data address
 */

export {};
