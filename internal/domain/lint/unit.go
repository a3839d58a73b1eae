package lint

import "onevisit/internal/domain/org"

// unitNamed finds a unit's record, or nil if the register is not at hand or
// does not know the name.
func unitNamed(c *Context, name string) *org.Unit {
	if c.Unit == nil || name == "" {
		return nil
	}
	u, ok := c.Unit(name)
	if !ok {
		return nil
	}
	return u
}
