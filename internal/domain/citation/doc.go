// Package citation reads legal bases (设定依据): title, document number,
// article, paragraph, item, and the level in the hierarchy of norms that
// follows from them.
//
// A basis is typed by people, in marks or without, with Chinese or Arabic
// figures, one article or several. The reader makes one pass over the text and
// keeps one open citation to which a number or an article can still be added;
// anything it does not understand closes it. What hinders reading (a mark
// without its pair, an article without its number or its law) is reported with
// the place. Time is linear in the text and nothing is ever rejected by panic.
//
// The level comes from, in this order: a small table of known titles, the
// document number (主席令, 国务院令, 国发, 冀政 …), the issuer or place that
// the title names, the last word of the title. It is empty where none of them
// tells.
package citation
