package publication

// Summary is a release as it is announced: its figures, and its items by unit in
// the order in which they were frozen. The announcement on paper, the articles
// for other channels and the feeds all say what stands here.
type Summary struct {
	Release
	// Of the items that people can apply for, by visits.
	Total, None, One, More int
	Units                  []UnitSummary
}

// UnitSummary is what a release has of one unit.
type UnitSummary struct {
	ID, Name               string
	Total, None, One, More int
	Items                  []ReleaseItem
}

// Summarise makes the summary of a release out of its items as they were frozen.
func Summarise(r Release, items []ReleaseItem) *Summary {
	s := &Summary{Release: r}
	for _, it := range items {
		if n := len(s.Units); n == 0 || s.Units[n-1].ID != it.UnitID {
			s.Units = append(s.Units, UnitSummary{ID: it.UnitID, Name: it.UnitName})
		}
		u := &s.Units[len(s.Units)-1]
		u.Items = append(u.Items, it)
		if !it.Available() {
			continue
		}
		s.Total, u.Total = s.Total+1, u.Total+1
		switch {
		case it.Visits == 0:
			s.None, u.None = s.None+1, u.None+1
		case it.Visits == 1:
			s.One, u.One = s.One+1, u.One+1
		default:
			s.More, u.More = s.More+1, u.More+1
		}
	}
	return s
}
