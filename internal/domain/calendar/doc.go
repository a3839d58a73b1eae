// Package calendar is the working calendar of the State Council's holiday
// notices and the deadlines counted on it.
//
// Three things live here. Date is a civil day. Calendar answers whether a day
// is off, and why. Due counts a period and keeps a ledger, one line a day, so
// that an applicant or an inspector can check the date by hand.
//
// The rule for a day: off if a notice lists it as a holiday, or if it is a
// Saturday or Sunday that no notice lists as a working day. (A weekend joined
// to a holiday is not always listed.) A year without a notice counts by week
// days alone; every answer that touches such a year is provisional and must be
// computed again when the notice is imported.
//
// The rule for a period (行政许可法 art. 82, 民法典 art. 201): days are working
// days, the day of the event is not counted.
package calendar
