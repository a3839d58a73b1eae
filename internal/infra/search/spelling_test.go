package search

import (
	"slices"
	"testing"
)

func TestSpellings(t *testing.T) {
	names := []string{"就业登记", "《会计》从业", "ETC 办理", "重新登记", "（2018）备案", "銀行"}
	want := []string{"jiuyedengji", "kuaijicongye", "etcbanli", "chongxindengji", "2018beian", "yinhang"}
	if got := Spellings(names); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
