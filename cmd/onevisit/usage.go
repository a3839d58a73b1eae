package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// helpWords turns the parser's own words in a help page into Chinese. Each is
// whole, so that no text of ours is touched.
var helpWords = strings.NewReplacer(
	"Usage: ", "用法：",
	"\nFlags:\n", "\n选项：\n",
	"\nArguments:\n", "\n参数：\n",
	"\nCommands:\n", "\n命令：\n",
	"<command>", "<命令>",
	"[flags]", "[选项]",
	"Show context-sensitive help.", "显示用法",
	"Run \"onevisit <command> --help\" for more information on a command.", "用 onevisit <命令> --help 查看一个命令的用法和示例。",
)

// helpPage prints a help page in Chinese.
func helpPage(o kong.HelpOptions, ctx *kong.Context) error {
	var page bytes.Buffer
	out := ctx.Stdout
	ctx.Stdout = &page
	err := kong.DefaultHelpPrinter(o, ctx)
	ctx.Stdout = out
	if err != nil {
		return err
	}
	_, err = helpWords.WriteString(out, page.String())
	return err
}

// usageErrors are the parser's messages, in Chinese. The first that fits is
// taken; $1 and so on stand for what the message names.
var usageErrors = []struct {
	re   *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`^unknown flag (\S+), did you mean (?:one of )?(.+)\?$`), `没有“$1”这个选项，是否要用 $2`},
	{regexp.MustCompile(`^unknown flag (\S+)$`), `没有“$1”这个选项`},
	{regexp.MustCompile(`^unexpected argument (.+), did you mean (?:one of )?(.+)\?$`), `不认识“$1”，是否要用 $2`},
	{regexp.MustCompile(`^unexpected argument (.+)$`), `不认识“$1”，没有这个命令或者参数多了`},
	{regexp.MustCompile(`^expected (?:one of )?((?:"[^"]+"(?:, )?)+)(?:,? \.\.\.)?$`), `缺少 $1`},
	{regexp.MustCompile(`^missing flags: (.+)$`), `缺少选项 $1`},
	{regexp.MustCompile(`^missing positional arguments (.+)$`), `缺少参数 $1`},
	{regexp.MustCompile(`^(\S+): missing value.*$`), `选项 $1 缺少取值`},
	{regexp.MustCompile(`^(\S+): expected .+ value but got "EOL".*$`), `选项 $1 缺少取值`},
	{regexp.MustCompile(`^(\S+): expected .+ value but got .+; perhaps try (.+)\?$`), `选项 $1 的取值像另一个选项；如果确实是取值，请写成 $2`},
	{regexp.MustCompile(`^(\S+): expected .+ value but got ("[^"]*").*$`), `选项 $1 缺少取值，后面却是 $2`},
	{regexp.MustCompile(`^(\S+): expected an? (?:valid \d+ bit u?)?int but got ("[^"]*").*$`), `选项 $1 应是整数，不能是 $2`},
	{regexp.MustCompile(`^(\S+): expected a float but got ("[^"]*").*$`), `选项 $1 应是数字，不能是 $2`},
	{regexp.MustCompile(`^(\S+): bool value must be .* but got ("[^"]*")$`), `选项 $1 只能是 true 或 false，不能是 $2`},
	{regexp.MustCompile(`^(.+) must be one of (.+) but got (".*")$`), `$1 应是 $2 之一，不能是 $3`},
}

// placeholder is what the parser writes after a flag for its value.
var placeholder = regexp.MustCompile(`(--[a-z-]+)=[A-Z]+\b`)

// usageText says in Chinese what is wrong with a command line. A message of the
// parser that is not known is given as it is: better that than nothing.
func usageText(err error) string {
	s := placeholder.ReplaceAllString(err.Error(), "$1")
	for _, u := range usageErrors {
		if u.re.MatchString(s) {
			return u.re.ReplaceAllString(s, u.text)
		}
	}
	return s
}

// usageHint names the help page that would have helped.
func usageHint(err error) string {
	name := ""
	var pe *kong.ParseError
	if errors.As(err, &pe) && pe.Context != nil {
		if n := pe.Context.Selected(); n != nil {
			name = n.FullPath()
		}
	}
	if name == "" {
		return "用 onevisit --help 查看各命令。"
	}
	return fmt.Sprintf("用 %s --help 查看用法和示例。", name)
}
