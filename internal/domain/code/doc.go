// Package code reads the codes of government service: of items (基本编码,
// 实施编码, 业务办理项编码), of units (统一社会信用代码, 组织机构代码) and of
// people (公民身份号码), and masks what must not be shown.
//
// Three layers, each usable alone. The validators (ValidUSCC, ValidImpl,
// BasicOf …) judge a normalised text without allocating: the linter runs them
// over a county a second. The typed parsers (ParseBasic, ParseImpl …) give
// parts or a fault that says which character is wrong. Parse recognises any
// code whatever its scheme, also the ones that provinces used before the
// national scheme, and is what a person asks.
//
// A code is judged alone: length, alphabet, check digits, birth date. What the
// tables do not know (a department, a type, a level) is a note, never an
// error, because provinces number both in their own way: see TypeName and
// DepartmentName.
package code
