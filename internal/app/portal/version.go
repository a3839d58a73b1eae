package portal

// version is what the public pages depend on.
type version struct {
	sn      *snapshot
	trouble string
}

// Version is an opaque value that changes with everything the public pages show;
// compared with ==, it says whether a page made earlier still holds.
func (s *Service) Version() any { return version{s.snap.Load(), s.Trouble()} }
