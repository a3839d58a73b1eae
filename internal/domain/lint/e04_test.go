package lint

import "testing"

// The quick search by first character must know every word of the list.
func TestVagueWordsAreFound(t *testing.T) {
	for _, w := range vague {
		for _, text := range []string{w, "提供" + w, "a" + w + "。"} {
			if got := vagueIn(text); got == "" {
				t.Errorf("%q is not found in %q", w, text)
			}
		}
	}
	for _, text := range []string{"", "等同", "身份证", "材料", "abc", "有效的身份证件", "其"} {
		if got := vagueIn(text); got != "" {
			t.Errorf("%q is found in %q", got, text)
		}
	}
}
