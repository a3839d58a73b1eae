package catalog

// EntryChange says what became of an entry from one edition of a list to the next.
type EntryChange string

// The kinds of change.
const (
	EntryNew     EntryChange = "新增"
	EntryRenamed EntryChange = "更名"   // the code stayed
	EntryRecoded EntryChange = "编码调整" // the name stayed
	EntryGone    EntryChange = "取消"
)

// EntryChanges lists the kinds of change in the order in which they are shown.
var EntryChanges = []EntryChange{EntryNew, EntryRenamed, EntryRecoded, EntryGone}

// EditionChange is an entry that differs between two editions of a list: Former
// is nil if it is new, Now if it is gone.
type EditionChange struct {
	Kind        EntryChange
	Former, Now *ListEntry
}

// CompareEditions says what is new, renamed, recoded or gone. Entries of a unit's
// list are compared within the unit; those of the catalogue are one whichever
// unit answers for them. The changes come in the order of now, then the gone
// ones in the order of former.
func CompareEditions(former, now []ListEntry) []EditionChange {
	type key struct{ unit, code, name string }
	same := func(e *ListEntry) key { return key{editionUnit(e), e.Code, PlainName(e.Name)} }
	code := func(e *ListEntry) key { return key{unit: editionUnit(e), code: e.Code} }
	name := func(e *ListEntry) key { return key{unit: editionUnit(e), name: PlainName(e.Name)} }

	partner := make([]*ListEntry, len(now)) // of each entry of now
	kind := make([]EntryChange, len(now))   // "" for one that did not change
	taken := make([]bool, len(former))
	for _, by := range []struct {
		kind EntryChange
		of   func(*ListEntry) key
	}{{"", same}, {EntryRenamed, code}, {EntryRecoded, name}} {
		left := map[key][]int{}
		for i := range former {
			if k := by.of(&former[i]); !taken[i] && (k.code != "" || k.name != "") {
				left[k] = append(left[k], i)
			}
		}
		for i := range now {
			k := by.of(&now[i])
			if of := left[k]; partner[i] == nil && len(of) > 0 {
				partner[i], kind[i], taken[of[0]] = &former[of[0]], by.kind, true
				left[k] = of[1:]
			}
		}
	}
	var changes []EditionChange
	for i := range now {
		switch {
		case partner[i] == nil:
			changes = append(changes, EditionChange{Kind: EntryNew, Now: &now[i]})
		case kind[i] != "":
			changes = append(changes, EditionChange{Kind: kind[i], Former: partner[i], Now: &now[i]})
		}
	}
	for i := range former {
		if !taken[i] {
			changes = append(changes, EditionChange{Kind: EntryGone, Former: &former[i]})
		}
	}
	return changes
}

func editionUnit(e *ListEntry) string {
	if e.Kind == Catalogue {
		return ""
	}
	return e.Unit
}
