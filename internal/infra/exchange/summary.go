package exchange

// Summary is the answer of an import, in the wire shape of `import --json`.
type Summary struct {
	Rows     int       `json:"rows"`
	Good     int       `json:"good"`
	Bad      int       `json:"bad"`
	Created  int       `json:"created"`
	Changed  int       `json:"changed"`
	Same     int       `json:"same"`
	Locked   int       `json:"locked"` // left alone because they are in review
	Unknown  []Unknown `json:"unknown,omitempty"`
	Problems []Problem `json:"problems"`
	Omitted  int       `json:"omitted,omitempty"`
}
