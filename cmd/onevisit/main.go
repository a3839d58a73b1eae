// Command onevisit is the whole platform in one program: the server, the demo
// county, and the rooms of the house as commands for scripts and operators
// (docs/reference/cli.md).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"onevisit/internal/domain/fault"
)

// version is set by the build.
var version string

// Exit codes of every command.
const (
	exitOK       = 0
	exitFindings = 1 // findings, not valid, not found, not reachable
	exitUsage    = 2 // bad usage or unreadable input
	exitInternal = 3
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// globals are the flags every command has.
type globals struct {
	Data        string `help:"数据目录（SQLite 和文件都在其中）" default:"data" placeholder:"DIR" env:"ONEVISIT_DATA"`
	DatabaseURL string `name:"database-url" help:"PostgreSQL 地址，用它代替 SQLite" placeholder:"postgres://…" env:"ONEVISIT_DATABASE_URL"`
	JSON        bool   `name:"json" help:"输出一个 JSON 文档"`
	Passphrase  string `name:"key-passphrase-file" help:"公布密钥的口令文件，密钥加了口令时用" placeholder:"FILE" env:"ONEVISIT_KEY_PASSPHRASE_FILE"`
}

// cli lists the commands, one file each.
type cli struct {
	globals
	Demo     demoCmd     `cmd:"" help:"建立并打开演示县。例：onevisit demo --addr 127.0.0.1:8080"`
	Serve    serveCmd    `cmd:"" help:"启动服务。例：onevisit serve --data /var/lib/onevisit"`
	Import   importCmd   `cmd:"" help:"导入事项清单。例：onevisit import 清单.xlsx --unit 广宗县教育局 --dry-run"`
	Lint     lintCmd     `cmd:"" help:"检查事项。例：onevisit lint 清单.xlsx"`
	Rules    rulesCmd    `cmd:"" help:"列出检查规则，或者说明一条。例：onevisit rules M01"`
	Visit    visitCmd    `cmd:"" help:"计算一个流程的到场次数。例：onevisit visit 流程.json --measures M1,M2"`
	Plan     planCmd     `cmd:"" help:"找出使流程达到目标的最小措施组合，或使全县各单位达标的最省措施。例：onevisit plan 流程.json --target 1；全县：onevisit plan --county 全县.json --share 0.5"`
	Search   searchCmd   `cmd:"" help:"搜索事项。例：onevisit search 登记"`
	Code     codeCmd     `cmd:"" help:"识别并校验编码。例：onevisit code 000123006000"`
	Cite     citeCmd     `cmd:"" help:"识别文中的法律依据。例：onevisit cite 《中华人民共和国行政许可法》第四十二条"`
	Deadline deadlineCmd `cmd:"" help:"按工作日推算期限。例：onevisit deadline --from 2018-09-28 --days 5"`
	Verify   verifyCmd   `cmd:"" help:"核验指南或清单是不是公布的、是不是现行的。例：onevisit verify 7K3QD-2M8XA"`
	Export   exportCmd   `cmd:"" help:"导出清单。例：onevisit export --format xlsx --output 清单.xlsx"`
	Backup   backupCmd   `cmd:"" help:"备份（服务运行中也可以）。例：onevisit backup 备份.tar.gz"`
	Restore  restoreCmd  `cmd:"" help:"从备份恢复到空目录。例：onevisit restore 备份.tar.gz --data 新目录"`
	Migrate  migrateCmd  `cmd:"" help:"把数据库升级到本程序的版本。例：onevisit migrate --data data"`
	Key      keyCmd      `cmd:"" help:"管理签名密钥。例：onevisit key new"`
	Return   returnCmd   `cmd:"" help:"内外网分开部署时，把外网门户收到的纠错带回内网。例：onevisit return export -o 回传.return"`
	Log      logCmd      `cmd:"" help:"查看公布日志，导出证明。例：onevisit log head"`
	County   countyCmd   `cmd:"" help:"查看和设置本县。例：onevisit county set 某某县 130532"`
	User     userCmd     `cmd:"" help:"管理账号。例：onevisit user add liaison --unit 广宗县教育局 --role 单位联络员 --name 张三"`
	Calendar calendarCmd `cmd:"" help:"查看和导入放假安排。例：onevisit calendar import 放假安排2027.csv"`
	Doctor   doctorCmd   `cmd:"" help:"检查安装、数据库和数据是否完好。例：onevisit doctor"`
	Version  versionCmd  `cmd:"" help:"显示版本。例：onevisit version --json"`
}

// env is what a command gets besides its flags.
type env struct {
	*globals
	ctx    context.Context
	in     io.Reader
	out    io.Writer
	errOut io.Writer
}

// status ends a command with an exit code and no further message.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func run(args []string, in io.Reader, out, errOut io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("onevisit"), kong.Description("县级“最多跑一次”改革平台"), kong.Writers(out, errOut),
		kong.Exit(func(n int) { exited = n }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(helpPage), kong.Vars{"version": version})
	if err != nil {
		fmt.Fprintln(errOut, err)
		return exitInternal
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "用法有误：%s。\n%s\n", usageText(err), usageHint(err))
		return exitUsage
	}
	e := &env{globals: &c.globals, ctx: ctx, in: in, out: out, errOut: errOut}
	return exitCode(k.Run(e), errOut)
}

// exitCode prints an error for people and maps its kind.
func exitCode(err error, errOut io.Writer) int {
	var st status
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &st):
		return int(st)
	}
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		// On the command line the operator is the one who can act on it.
		fmt.Fprintf(errOut, "程序内部出错：%v\n", err)
		return exitInternal
	}
	fmt.Fprintln(errOut, fault.Text(err))
	for _, f := range fault.Fields(err) {
		fmt.Fprintf(errOut, "  %s：%s\n", f.Path, f.Text)
	}
	switch kind {
	case fault.NotFound, fault.Conflict:
		return exitFindings
	case fault.Unavailable:
		return exitInternal
	}
	return exitUsage
}

// printJSON writes the one JSON document of a command.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printf writes for people; with --json there is one document and nothing else.
func (e *env) printf(format string, args ...any) {
	if !e.JSON {
		fmt.Fprintf(e.out, format, args...)
	}
}

// result ends a command that has told people everything on its way.
func (e *env) result(v any) error {
	if !e.JSON {
		return nil
	}
	return e.printJSON(v)
}

// open opens the county that the flags name. An empty directory is initialised,
// also by a command that only reads; a directory that is not there is more
// likely a slip of the pen, and only a command that writes makes it.
func (e *env) open(readOnly bool) (*county, error) {
	if e.DatabaseURL != "" || isEmptyDir(e.Data) {
		readOnly = false
	}
	return e.openWith(countyConfig{dataDir: e.Data, readOnly: readOnly, log: e.logger()})
}

// openWith opens a county with what the flags say of every county.
func (e *env) openWith(c countyConfig) (*county, error) {
	c.url = e.DatabaseURL
	if e.Passphrase != "" {
		var err error
		if c.passphrase, err = passphraseFile(e.Passphrase); err != nil {
			return nil, err
		}
	}
	return openCounty(e.ctx, c)
}

func isEmptyDir(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

func (e *env) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(e.errOut, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	v := version
	if v == "" {
		v = "开发版"
	}
	if e.JSON {
		return e.printJSON(map[string]string{"version": v, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH})
	}
	e.printf("onevisit %s\n", v)
	return nil
}

// oneOf says which of some values is meant, or an Invalid fault.
func oneOf(name, value string, values ...string) error {
	for _, v := range values {
		if v == value {
			return nil
		}
	}
	return fault.Invalidf("%s“%s”应为：%s。", name, value, strings.Join(values, "、"))
}
