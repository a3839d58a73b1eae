package portal

// Version is an opaque value that changes with everything the public pages show;
// compared with ==, it says whether a page made earlier still holds.
func (s *Service) Version() any { return s.snap.Load() }
