package publication

import "onevisit/internal/domain/calendar"

// ItemUse is how often the guide of an item was opened: Views in all, Searched of
// them from a list of search results. Nothing says by whom.
type ItemUse struct {
	Views    int `json:"views"`
	Searched int `json:"searched,omitempty"`
}

// Add adds the figures of another time.
func (u ItemUse) Add(v ItemUse) ItemUse {
	return ItemUse{Views: u.Views + v.Views, Searched: u.Searched + v.Searched}
}

// UseSpan is over how many days, those before today, the figures of use are
// added up.
const UseSpan = 90

// UseFigures are the figures of some days, added up by item ID.
type UseFigures struct {
	// First is the first day that has any; End the day after the last.
	First calendar.Date      `json:"first"`
	End   calendar.Date      `json:"end"`
	Items map[string]ItemUse `json:"items"`
}
