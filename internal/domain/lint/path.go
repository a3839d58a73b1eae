package lint

import "strconv"

// at writes the path of a value in a table: materials[2].basis.
func at(table string, i int, key string) string {
	s := table + "[" + strconv.Itoa(i) + "]"
	if key != "" {
		s += "." + key
	}
	return s
}
