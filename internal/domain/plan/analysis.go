package plan

import (
	"time"
	"unicode/utf8"

	"onevisit/internal/domain/fault"
)

// Analysis is what a unit says of one item that takes more than one visit: the
// three causes of P-3.3 in its own words, and the fewest working days it declares
// for steps, by their ids (P-3.3.3). A step without an entry keeps its days.
type Analysis struct {
	ItemID   string             `json:"-"`
	Learn    string             `json:"learn"`
	HandIn   string             `json:"hand_in"`
	Finish   string             `json:"finish"`
	Shortest map[string]float64 `json:"shortest,omitempty"`
	SavedAt  time.Time          `json:"-"` // zero if the unit has said nothing yet
	SavedBy  string             `json:"-"`
	Version  int64              `json:"-"` // 0 if it has not been saved yet
}

// Validate checks an analysis before it is stored.
func (a *Analysis) Validate() error {
	e := fault.Invalidf("分析没有保存，请按提示更正。")
	for _, t := range []struct{ path, text string }{{"learn", a.Learn}, {"hand_in", a.HandIn}, {"finish", a.Finish}} {
		if utf8.RuneCountInString(t.text) > 2000 {
			e.At(t.path, "不能超过 2000 字")
		}
	}
	for id, d := range a.Shortest {
		if !(d >= 0 && d <= 3650) {
			e.At("shortest."+id, "最短工作日应在 0 到 3650 之间")
		}
	}
	return e.OrNil()
}
