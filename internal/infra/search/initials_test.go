package search

import "testing"

func TestInitials(t *testing.T) {
	names := []string{"个体工商户设立登记", "ETC 办理（新办）", "80周岁", "戶口", "Ａ证", "……", ""}
	for i, want := range []string{"gtgshsldj", "etcblxb", "80zs", "hk", "az", "", ""} {
		if got := Initials(names)[i]; got != want {
			t.Errorf("Initials(%q) = %q, want %q", names[i], got, want)
		}
	}
}
