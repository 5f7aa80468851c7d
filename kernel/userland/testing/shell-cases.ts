// What the shell must do. What POSIX leaves open is as in most shells; the whole table was compared with dash, which
// differs only where it does not follow the standard.
//
// A case: a script, its standard output, its exit status, each ended by a newline and a line with ¦ alone.

export const SHELL_CASES = `
echo a  b "c  d" 'e  f'
¦
a b c  d e  f

¦
0
¦
echo \\a\\ \\ b "\\$HOME" "\\\\" '\\'
¦
a  b $HOME \\ \\

¦
0
¦
X=5; echo $X \${X}y "$X" '$X' $Xy.
¦
5 5y 5 $X .

¦
0
¦
echo \${Y:-def} \${Y-d} "\${Y:+alt}" \${#Y}; Y=abc; echo \${Y:-def} \${Y:+alt} \${#Y}
¦
def d  0
abc alt 3

¦
0
¦
Y=; echo "[\${Y:-a}]" "[\${Y-a}]" "[\${Y:+a}]" "[\${Y+a}]"
¦
[a] [] [] [a]

¦
0
¦
echo \${Z:=new} $Z; Q=; echo \${Q=x}\${Q:=y} $Q
¦
new new
y y

¦
0
¦
(echo \${V?}) 2>/dev/null; echo $?
¦
2

¦
0
¦
(echo \${V:?message} ; echo no) 2>/dev/null; echo $?
¦
2

¦
0
¦
x=/a/b/c.tar.gz; echo \${x#*/} \${x##*/} \${x%.*} \${x%%.*} \${x#/a} \${x%z}
¦
a/b/c.tar.gz c.tar.gz /a/b/c.tar /a/b/c /b/c.tar.gz /a/b/c.tar.g

¦
0
¦
x='a*b*c'; echo "\${x#a\\*}" "\${x#"a*"}" "\${x##*'*'}" "\${x%'*'*}"
¦
b*c b*c c a*b

¦
0
¦
x=aXbXc; p='*X'; echo \${x#$p} \${x##$p} "\${x#"$p"}"
¦
bXc c aXbXc

¦
0
¦
x=abc; echo \${x#?} \${x%?} \${x#[a-b]} \${x%%[!a]*} \${x#z} \${x%z}
¦
bc ab bc a abc abc

¦
0
¦
set -- a 'b c' d; for i in "$@"; do echo "[$i]"; done; for i in $@; do echo "<$i>"; done; for i in "$*"; do echo "{$i}"; done; for i in $*; do echo "($i)"; done
¦
[a]
[b c]
[d]
<a>
<b>
<c>
<d>
{a b c d}
(a)
(b)
(c)
(d)

¦
0
¦
set -- a 'b c' d; IFS=:; echo "$*" $*; IFS=; echo "$*" $*; unset IFS; echo "$*"
¦
a:b c:d a b c d
ab cd a b c d
a b c d

¦
0
¦
set --; for i in "$@"; do echo no; done; for i in "$*"; do echo "[$i]"; done; for i in x"$@"y; do echo "<$i>"; done
¦
[]
<xy>

¦
0
¦
set -- 1 2; for i in x"$@"y; do echo "<$i>"; done; for i in "x $@ y"; do echo "<$i>"; done
¦
<x1>
<2y>
<x 1>
<2 y>

¦
0
¦
set -- '' a ''; for i in "$@"; do echo "<$i>"; done; for i in $@; do echo "($i)"; done
¦
<>
<a>
<>
(a)

¦
0
¦
IFS=:; x=a:b::c:; for i in $x; do echo "<$i>"; done
¦
<a>
<b>
<>
<c>

¦
0
¦
IFS=': '; x=' a : b  c :: d : '; for i in $x; do echo "<$i>"; done
¦
<a>
<b>
<c>
<>
<d>

¦
0
¦
IFS=' '; x='  a  b '; for i in $x"z" q$x; do echo "<$i>"; done
¦
<a>
<b>
<z>
<q>
<a>
<b>

¦
0
¦
x=' a b '; for i in $x; do echo "<$i>"; done; for i in "$x"; do echo "<$i>"; done; for i in p\${x}q; do echo "<$i>"; done
¦
<a>
<b>
< a b >
<p>
<a>
<b>
<q>

¦
0
¦
for i in \${u:-a b "c d"} "\${u:-a b}"; do echo "<$i>"; done
¦
<a>
<b>
<c d>
<a b>

¦
0
¦
for i in \${u-"a b" c}; do echo "<$i>"; done
¦
<a b>
<c>

¦
0
¦
e=; for i in $e "$e" ''$e $e""; do echo "<$i>"; done
¦
<>
<>
<>

¦
0
¦
echo $((1+2*3)) $(( (1+2)*3 )) $((7/2)) $((-7/2)) $((7%3)) $((-7%3)) $((1<<4)) $((256>>3)) $((5&3)) $((5|3)) $((5^3)) $((~5)) $((!5)) $((!0))
¦
7 9 3 -3 1 -1 16 32 1 7 6 -6 0 1

¦
0
¦
echo $((1<2)) $((2<=2)) $((3>4)) $((3>=4)) $((1==1)) $((1!=1)) $((1&&0)) $((1||0)) $((1?2:3)) $((0?2:3)) $((0x1f)) $((010)) $((1,2))
¦
1 1 0 0 1 0 0 1 2 3 31 8 2

¦
0
¦
x=5; echo $((x)) $(($x)) $((x+=2)) $x $((x-=1)) $((x*=3)) $((x/=2)) $((x%=5)) $((x<<=2)) $((x>>=1)) $((x&=3)) $((x|=8)) $((x^=1)) $x
¦
5 5 7 7 6 18 9 4 16 8 0 8 9 9

¦
0
¦
x=5; echo $((y=x+1)) $y $((z)) $((1?x:(x=9))) $x $((0&&(x=7))) $x
¦
6 6 0 5 5 0 5

¦
0
¦
echo $((2*3+4*5-6/2)) $((1+2==3&&4>3)) $((10-3-2)) $((2-(-2))) $((- -2)) $((+3)) $((100/10/5))
¦
23 1 5 4 2 3 2

¦
0
¦
x='1+2'; echo $((x*2))
¦
6

¦
0
¦
(echo $((1/0))) 2>/dev/null; echo $?
¦
2

¦
0
¦
(echo $((1+))) 2>/dev/null; echo $?
¦
2

¦
0
¦
echo \`echo a\` "\`echo 'b  c'\`" \`echo \\\`echo nested\\\`\` \`echo '\\\\'\` "\`echo \\"q\\"\`"
¦
a b  c nested \\ q

¦
0
¦
echo $(echo a; echo b) "$(echo a; echo b)" "$(printf 'x\\n\\n\\n')"y
¦
a b a
b xy

¦
0
¦
echo $(echo $(echo $(echo deep))) "$(echo "$(echo "in  ner")")"
¦
deep in  ner

¦
0
¦
x=$(false); echo $?; x=$(exit 7); echo $?; echo $(exit 3) $?
¦
1
7
3

¦
0
¦
echo "$(case x in (x) echo paren;; esac)" $(case x in x) echo noparen;; esac)
¦
paren noparen

¦
0
¦
echo $( (echo sub) ) $((echo sub2) ) $( ( (echo a) ) )
¦
sub sub2 a

¦
0
¦
echo "$(cat <<E
here $((1+1))
E
)"
¦
here 2

¦
0
¦
cat <<E
a $x \${y:-def} \`echo bq\` \\$z \\\\ \\q "quoted" 'single'
E
¦
a  def bq $z \\ \\q "quoted" 'single'

¦
0
¦
cat <<'E'
a $x \`echo\` \\$ "q"
E
¦
a $x \`echo\` \\$ "q"

¦
0
¦
cat <<\\E
$x
E
¦
$x

¦
0
¦
cat <<-E
	tab
		tabs
	E
¦
tab
tabs

¦
0
¦
cat <<A; cat <<B
a
A
b
B
¦
a
b

¦
0
¦
cat <<E | tr a b
aaa
E
¦
bbb

¦
0
¦
while read l; do echo "[$l]"; done <<E
one
two  three
E
¦
[one]
[two  three]

¦
0
¦
cat <<E
join\\
ed
E
¦
joined

¦
0
¦
f() { cat <<E
in function $1
E
}; f x; f y
¦
in function x
in function y

¦
0
¦
true && echo yes || echo no; false && echo yes || echo no; false || true && echo a; true || false && echo b
¦
yes
no
a
b

¦
0
¦
! true; echo $?; ! false; echo $?; ! true | false; echo $?
¦
1
0
0

¦
0
¦
if false; then echo a; elif true; then echo b; else echo c; fi; if false; then :; fi; echo $?
¦
b
0

¦
0
¦
i=0; while [ $i -lt 5 ]; do i=$((i+1)); [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; echo done $i
¦
1
3
done 4

¦
0
¦
until [ "$i" = xxx ]; do i=x$i; done; echo $i
¦
xxx

¦
0
¦
for i in 1 2 3; do for j in a b; do [ $i = 2 ] && continue 2; [ $i = 3 ] && break 2; echo $i$j; done; done
¦
1a
1b

¦
0
¦
for i in; do echo never; done; echo $?; for i in a; do (exit 5); done; echo $?
¦
0
5

¦
0
¦
case abc in a) echo 1;; a*c) echo 2;; *) echo 3;; esac; case x in y) ;; esac; echo $?; case "a b" in "a b") echo q;; esac
¦
2
0
q

¦
0
¦
case a in b|a) echo or;; esac; case '*' in '*') echo star;; esac; x='*'; case abc in "$x") echo no;; $x) echo yes;; esac
¦
or
star
yes

¦
0
¦
case a] in [a-b]]) echo br;; esac; case - in [a-]) echo dash;; esac; case ] in []]) echo rb;; esac; case b in [!a]) echo neg;; esac
¦
br
dash
rb
neg

¦
0
¦
case 5 in [[:digit:]]) echo d;; esac; case x in [[:alpha:][:digit:]]) echo a;; esac; case ' ' in [[:space:]]) echo s;; esac
¦
d
a
s

¦
0
¦
case 'a\\b' in 'a\\b') echo 1;; esac; case 'a\\b' in a\\\\b) echo 2;; esac; case ab in a\\b) echo 3;; esac
¦
1
2
3

¦
0
¦
case in in in) echo in;; esac; case esac in (esac) echo e;; esac
¦
in
e

¦
0
¦
f() { echo "$# $1 $2"; set -- x y z; echo $#; }; set -- q; f a b; echo $# $1
¦
2 a b
3
1 q

¦
0
¦
f() { return 7; echo no; }; f; echo $?; g() { false; return; }; g; echo $?
¦
7
1

¦
0
¦
f() { local x=in y; y=2; echo $x $y; g; echo $x; }; g() { x=changed; }; x=out; f; echo $x $y
¦
in 2
changed
out

¦
0
¦
f() { f2() { echo inner; }; }; f; f2; unset -f f2; f2 2>/dev/null; echo $?
¦
inner
127

¦
0
¦
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1-1))))); fi; }; fact 10
¦
3628800

¦
0
¦
f() (cd /; x=sub; pwd); x=1; f; echo $x
¦
/
1

¦
0
¦
f() { echo out; echo err >&2; } 2>/dev/null; f
¦
out

¦
0
¦
f() if true; then echo compound; fi; f
¦
compound

¦
0
¦
x=1 y=2; echo $x$y; x=3 true; echo $x; x=4 :; echo $x; f() { echo $x; }; x=5 f; echo $x
¦
12
1
4
5
4

¦
0
¦
x=a; x=b sh -c 'echo $x'; echo $x; export x; sh -c 'echo $x'
¦
b
a
a

¦
0
¦
a=1; b=$a c=$((a+1)) ; echo $b $c; a='x y' b=$a; echo "$b"
¦
1 2
x y

¦
0
¦
(x=sub; echo $x); echo [$x]; { y=grp; echo $y; }; echo [$y]
¦
sub
[]
grp
[grp]

¦
0
¦
echo a; echo b & wait; echo c
¦
a
b
c

¦
0
¦
(exit 3) & wait $!; echo $?; sleep 0 & wait; echo $?; wait 99999; echo $?
¦
3
0
127

¦
0
¦
sh -c 'kill -TERM $$'; echo $?; (kill -KILL $(sh -c 'echo $PPID')) 2>/dev/null; echo alive
¦
143
alive

¦
0
¦
echo one > f; echo two >> f; cat < f; cat f f > g; cat g; : > f; cat f; echo x 1> f; cat f
¦
one
two
one
two
one
two
x

¦
0
¦
echo err >&2 2>/dev/null; { echo out; echo err >&2; } 2>&1
¦
out
err

¦
0
¦
exec 3> f; echo three >&3; exec 3>&-; cat f; exec 4< f; read x <&4; echo got $x; exec 4<&-
¦
three
got three

¦
0
¦
{ echo a >&3; } 3>&1; (echo b >&2) 2>&1; echo c 2>&1 >/dev/null
¦
a
b

¦
0
¦
echo hi > f; cat <> f; echo more 1<> f; cat f
¦
hi
more

¦
0
¦
set -C; echo a > f; (echo b > f) 2>/dev/null; echo $?; echo c >| f; cat f; echo d > /dev/null && echo ok
¦
1
c
ok

¦
0
¦
cat < /nonexistent 2>/dev/null; echo st $?; : < /nonexistent; echo no
¦
st 1

¦
2
¦
echo x >&9; echo $?
¦
1

¦
0
¦
true > /none/x; echo next $?
¦
next 1

¦
0
¦
[ a = a ]; echo $?; [ a = b ]; echo $?; [ -n "" ]; echo $?; [ -z "" ]; echo $?; [ 1 -lt 2 ] && [ 2 -ge 2 ] && echo ok; test ! a = b && echo not
¦
0
1
1
0
ok
not

¦
0
¦
[ ]; echo $?; [ "" ]; echo $?; [ x ]; echo $?; [ ! x ]; echo $?; [ -f ]; echo $?; [ '(' x ')' ]; echo $?; [ a -a b ]; echo $?; [ '' -o b ]; echo $?
¦
1
1
0
1
0
0
0
0

¦
0
¦
[ -d / ] && [ ! -f / ] && [ -e / ] && [ -r / ] && [ -x / ] && [ -s / ] && echo files; mkdir d; touch d/e; [ -s d/e ] || echo empty; [ -e d/none ] || echo none
¦
files
empty
none

¦
0
¦
ln -s nowhere l; [ -L l ] && [ -h l ] && ! [ -e l ] && echo link; [ -p l ] || [ -b l ] || [ -c /dev/null ] && echo c
¦
link
c

¦
0
¦
[ 1 = 1 -a 2 = 2 -o 3 = 4 ]; echo $?; [ ! '' ]; echo $?; [ = = = ]; echo $?; [ ! = ! ]; echo $?; [ -n = ]; echo $?
¦
0
0
0
0
0

¦
0
¦
printf '%s\\n' a b c; printf '%d %o %x %X %u\\n' 10 10 255 255 7; printf '%5d|%-5d|%05d|%+d|% d\\n' 1 2 3 4 5
¦
a
b
c
10 12 ff FF 7
    1|2    |00003|+4| 5

¦
0
¦
printf '%s-%s\\n' a b c; printf '%c%c\\n' abc def; printf '%%\\n'; printf 'a\\tb\\\\n\\101\\n'; printf '%b\\n' 'x\\ty\\0101'
¦
a-b
c-
ad
%
a	b\\nA
x	yA

¦
0
¦
printf '%.2s|%5s|%-5s|%5.1s|\\n' abc ab ab xyz; printf '%*d|%-*d|\\n' 4 1 4 2; printf '%d\\n' "'A" 0x10 010; printf 'no newline'
¦
ab|   ab|ab   |    x|
   1|2   |
65
16
8
no newline
¦
0
¦
printf '%b' 'a\\cb' c; echo; printf '%d\\n' abc 2>/dev/null; echo $?; printf '%#o %#x\\n' 8 255; printf '%.3d\\n' 5
¦
a
0
1
010 0xff
005

¦
0
¦
printf '%s %d\\n' a; printf '\\n'; printf '%s'; printf '%5.3d|%-6.2d|\\n' 7 3; printf "%i\\n" -5
¦
a 0

  007|03    |
-5

¦
0
¦
echo 'a\\tb\\nc'; echo -n x; echo; echo 'no\\cnewline'; echo; echo -e x; echo -n; echo '\\0101'
¦
a	b
c
x
no
-e x
A

¦
0
¦
read a b c <<E
one two three four
E
echo "$a|$b|$c"
¦
one|two|three four

¦
0
¦
read a b <<E
  lead  trail  
E
echo "$a|$b|"
¦
lead|trail|

¦
0
¦
IFS=: read a b c <<E
x:y:z:w:
E
echo "$a|$b|$c"
¦
x|y|z:w:

¦
0
¦
IFS=: read a b <<E
x:y:
E
echo "$a|$b"
¦
x|y

¦
0
¦
IFS=': ' read a b <<E
x : y : z :
E
echo "$a|$b|"
¦
x|y : z :|

¦
0
¦
read a <<'E'
back\\slash\\\\x con\\
tinued
E
echo "$a"; read -r a <<'E'
raw\\x\\
E
echo "$a"
¦
backslash\\x continued
raw\\x\\

¦
0
¦
read x < /dev/null; echo $? "[$x]"; printf 'no newline' | { read y; echo $? "$y"; }
¦
1 []
1 no newline

¦
0
¦
set -- a b c d; shift; echo $*; shift 2; echo $* $#; (shift 5) 2>/dev/null; echo $?
¦
b c d
d 1
2

¦
0
¦
set -- -a foo -b bar rest; while getopts ab:c o; do echo "$o $OPTARG $OPTIND"; done; shift $((OPTIND-1)); echo "$@"
¦
a  2
foo -b bar rest

¦
0
¦
set -- -abval -c; while getopts ab:c o; do echo "$o [$OPTARG]"; done; echo $OPTIND
¦
a []
b [val]
c []
3

¦
0
¦
set -- -x -b; while getopts :ab: o; do echo "$o [$OPTARG]"; done; set -- -x; OPTIND=1; getopts ab o 2>/dev/null; echo "$o [$OPTARG]" $?
¦
? [x]
: [b]
? [] 0

¦
0
¦
while getopts a:b o -a 1 -b -- -c; do echo $o $OPTARG; done; echo $OPTIND $o
¦
a 1
b
5 ?

¦
0
¦
eval 'echo a; x=3'; echo $x; eval; echo $?; eval false; echo $?; eval 'for i in 1 2; do' 'echo $i; done'
¦
a
3
0
1
1
2

¦
0
¦
x='echo $y'; y=z; eval $x; eval "$x"; eval eval '$x'
¦
z
z
z

¦
0
¦
echo 'echo sourced $1; v=5; return 3; echo no' > s; . ./s; echo $? $v
¦
sourced
3 5

¦
0
¦
echo 'set -- x y' > s; set -- a; . ./s; echo $*
¦
x y

¦
0
¦
(. ./nonexistent; echo no) 2>/dev/null; echo $?
¦
2

¦
0
¦
trap 'echo exit $?' EXIT; (exit 3); exit 4
¦
exit 4

¦
4
¦
trap 'echo term' TERM; kill -TERM $$; echo after; trap - TERM; trap
¦
term
after

¦
0
¦
trap 'echo in sub' EXIT; (trap); (trap 'echo sub' EXIT; exit 2); echo $?; trap - EXIT
¦
trap -- 'echo in sub' EXIT
sub
2

¦
0
¦
trap 'echo caught; exit 9' USR1; kill -USR1 $$; echo no
¦
caught

¦
9
¦
(trap 'echo s; exit 3' TERM; kill -TERM $(sh -c 'echo $PPID'); echo no); echo $?
¦
s
3

¦
0
¦
trap '' TERM; sh -c 'kill -TERM $$; echo survived'
¦
survived

¦
0
¦
trap 'echo one' 0; trap 'echo two' EXIT
¦
two

¦
0
¦
f() { trap 'echo ftrap' EXIT; }; f; echo end
¦
end
ftrap

¦
0
¦
set -e; false || echo handled; if false; then :; fi; ! true; while false; do :; done; echo still; false; echo no
¦
handled
still

¦
1
¦
set -e; (false; echo no); echo no2
¦

¦
1
¦
set -e; f() { false; echo in; }; f || echo or; f; echo no
¦
in

¦
1
¦
set -e; x=$(false); echo no
¦

¦
1
¦
set -e; true | false; echo no
¦

¦
1
¦
set -e; false | true; echo yes; { false; } || echo b; false && true; echo c; ! false; echo d
¦
yes
b
c
d

¦
0
¦
set -u; echo \${x-unset} \${x:-null}; (echo $x; echo no) 2>/dev/null; echo $?; set -- ; echo "$@" $* ok
¦
unset null
2
ok

¦
0
¦
set -f; echo *; set +f; touch a1 a2; echo a*
¦
*
a1 a2

¦
0
¦
set -x; echo a 'b c'; x=1; set +x
¦
a b c

¦
0
¦
set -n; echo no
¦

¦
0
¦
set -v; echo a
¦
a

¦
0
¦
set -a; x=5; set +a; y=6; sh -c 'echo $x $y'
¦
5

¦
0
¦
set -o errexit; set -o | grep errexit; set +o errexit; false; echo ok
¦
errexit         on
ok

¦
0
¦
case $- in *e*) echo e;; *) echo none;; esac; set -e; case $- in *e*) echo e;; esac
¦
none
e

¦
0
¦
set -- a b; set -e; echo $*; set +e -- c; echo $*; set -- -x; echo $1; set - y; echo $1
¦
a b
c
-x
y

¦
0
¦
export A=1 B; B=2; sh -c 'echo $A $B'; unset A; sh -c 'echo [$A]'; export -p | grep '^export B'
¦
1 2
[]
export B='2'

¦
0
¦
readonly R=1; (R=2; echo no) 2>/dev/null; echo $?; (unset R) 2>/dev/null; echo $?; readonly -p | grep ' R='
¦
2
2
readonly R='1'

¦
0
¦
readonly R=1; R=2 true; echo no
¦

¦
2
¦
readonly R=1; for R in a; do echo no; done; echo $?
¦

¦
2
¦
alias e='echo aliased'
e x
alias p='echo '
alias w='word'
p w
unalias e; e x 2>/dev/null; echo $?; alias w
¦
aliased x
word
aliased x
0
w='word'

¦
0
¦
alias l='echo loop' echo='echo x'
l
¦
x loop

¦
0
¦
alias if2='if true; then'
if2 echo y; fi
¦
y

¦
0
¦
mkdir -p r/s; ln -s r/s l; cd l; pwd | sed 's/.*\\///'; pwd -P | sed 's/.*\\///'; cd ..; ls -d l; cd -P l; pwd | sed 's/.*\\///'
¦
l
s
l
s

¦
0
¦
umask 022; umask; umask -S; umask u=rwx,g=,o=; umask; umask 77; umask; umask g+r; umask -S
¦
0022
u=rwx,g=rx,o=rx
0077
0077
u=rwx,g=r,o=

¦
0
¦
command . ./nonexistent 2>/dev/null; echo survived; command exec < /nonexistent; echo $?
¦
survived
1

¦
0
¦
nosuch 2>/dev/null; echo $?; /nonexistent 2>/dev/null; echo $?; echo > f; ./f 2>/dev/null; echo $?; / 2>/dev/null; echo $?
¦
127
127
126
126

¦
0
¦
printf 'echo script $0 $1 $#; exit 4\\n' > s; chmod +x s; ./s a b; echo $?; sh s q; echo $?
¦
script ./s a 2
4
script s q 1
4

¦
0
¦
echo $#; sh -c 'echo $0 $1 $#' zero one two
¦
0
zero one 2

¦
0
¦
echo "echo stdin \\$1 \\$#" | sh -s a b; echo 'echo x; exit 6' | sh; echo $?
¦
stdin a 2
x
6

¦
0
¦
printf 'read x\\nhello\\necho got $x\\ncat\\nrest\\n' | sh
¦
got hello
rest

¦
0
¦
printf 'echo a\\nif true\\nthen echo b\\nfi\\necho "c\\nd"\\n' | sh
¦
a
b
c
d

¦
0
¦
exec echo replaced; echo not
¦
replaced

¦
0
¦
(exec 2>/dev/null; exec nosuch; echo no); echo $?
¦
127

¦
0
¦
exit 300
¦

¦
44
¦
(exit); echo $?; (false; exit); echo $?; f() { exit 3; }; (f); echo $?
¦
0
1
3

¦
0
¦
echo ) 2>/dev/null
¦

¦
2
¦
if true; echo
¦

¦
2
¦
for 1x in a; do :; done
¦

¦
2
¦
echo "unterminated
¦

¦
2
¦
case x in
¦

¦
2
¦
eval 'if'; echo no
¦

¦
2
¦
(eval 'if' 2>/dev/null; echo no); echo $?
¦
2

¦
0
¦
echo $LINENO
echo $LINENO
f() { echo $LINENO
}
f
¦
1
2
3

¦
0
¦
echo $$ | grep -c '^[0-9]*$'; (echo $$) | grep -c "^$$\\$"; sh -c 'echo $PPID' | grep -c "^$$\\$"
¦
1
1
1

¦
0
¦
echo a#b # comment
#whole
echo c;#x
¦
a#b
c

¦
0
¦
echo a\\
b; echo "a\\
b"; ec\\
ho joined
¦
ab
ab
joined

¦
0
¦
{ echo a; }; { echo b
}; ( echo c ); (echo d)
¦
a
b
c
d

¦
0
¦
echo {a,b} [ ] { } ! in do
¦
{a,b} [ ] { } ! in do

¦
0
¦
!() { :; } 2>/dev/null; echo x
¦

¦
2
¦
a=b=c; echo $a; a==x; echo $a; 'a'=1 2>/dev/null; echo $?
¦
b=c
=x
127

¦
0
¦
touch 'a b' 'c*d' .hid x1 x2; echo *; echo "*" \\*; echo .h*; echo x[12] x[!1] x?; echo nomatch*; for f in *; do echo "<$f>"; done
¦
a b c*d x1 x2
* *
.hid
x1 x2 x2 x1 x2
nomatch*
<a b>
<c*d>
<x1>
<x2>

¦
0
¦
mkdir -p d1/e d2/e; touch d1/e/f d2/e/g d1/x; echo */*; echo */e/*; echo d1/*/; echo ./d*; echo d[12]/e/?; echo */nomatch
¦
d1/e d1/x d2/e
d1/e/f d2/e/g
d1/e/
./d1 ./d2
d1/e/f d2/e/g
*/nomatch

¦
0
¦
touch '[x]' a; x='[x]'; echo $x "$x" [[]x]; y='*'; echo $y "$y"; set -f; echo $y
¦
[x] [x] [x]
[x] a *
*

¦
0
¦
touch a.c b.c; for f in *.c; do echo \${f%.c}.o; done; echo *.[ch]; echo *.h
¦
a.o
b.o
a.c b.c
*.h

¦
0
¦
echo a | { read x; echo $x; }; echo b | while read y; do echo $y; z=1; done; echo [$z]
¦
a
b
[]

¦
0
¦
echo a | (cat; echo b); printf '1\\n2\\n3\\n' | while read n; do echo $((n*n)); done
¦
a
b
1
4
9

¦
0
¦
false | true; echo $?; true | false; echo $?
¦
0
1

¦
0
¦
x=outer; echo a | x=inner; echo $x
¦
outer

¦
0
¦
ulimit -n >/dev/null; echo $?; ulimit -c 0; ulimit -c
¦
0
0

¦
0
¦
kill -l 9; kill -l 143; kill -0 $$; echo $?; kill -0 99999999 2>/dev/null; echo $?
¦
KILL
TERM
0
1

¦
0
¦
sleep 5 & kill $!; wait $!; echo $?
¦
143

¦
0
¦
mkfifo q; cat q & p=$!; kill -0 $p && echo running; : >q; wait $p; echo $?; rm q
¦
running
0

¦
0
¦
wait; echo $?; true & false & wait; echo $?
¦
0
0

¦
0
¦
x=1; x=2 y=$x; echo $y; unset x; x=3 y=$x; echo [$y]
¦
2
[3]

¦
0
¦
"" 2>/dev/null; echo $?; '' 2>/dev/null; echo $?; $empty; echo $?; $empty echo x
¦
127
127
0
x

¦
0
¦
$(echo echo hi); \`echo echo ho\`; c='echo a b'; $c; "$c" 2>/dev/null; echo $?
¦
hi
ho
a b
127

¦
0
¦
x="a	b"; echo $x; echo "$x"; x='a
b'; echo $x; echo "$x"
¦
a b
a	b
a b
a
b

¦
0
¦
echo "a'b" 'a"b' "a\\"b" 'a'\\''b' a"b"c'd'e
¦
a'b a"b a"b a'b abcde

¦
0
¦
echo "$(echo 'a"b')" "\${x:-"in ner"}" "\${x:-'sq'}" \${x:-'s q'} "\${x:-\\}}" \${x:-a\\ b}
¦
a"b in ner 'sq' s q } a b

¦
0
¦
echo "\${x:-$(echo cs)}" "\${x:-\${y:-nest}}" \${x:+no}
¦
cs nest

¦
0
¦
x=abc; echo "\${x:+"$x"}" "\${#x}" \${#} \${#x}x; set -- 1 2 3; echo \${#} $# \${#@} \${#*} \${#1}
¦
abc 3 0 3x
3 3 3 3 1

¦
0
¦
set -- 1 2 3 4 5 6 7 8 9 10 11; echo $10 \${10} \${11} \${1}0
¦
10 10 11 10

¦
0
¦
x=é; echo \${#x}; y=aéb; echo \${y#?} \${y%?}; case é in ?) echo one;; esac
¦
1
éb aé
one

¦
0
¦
x=12345; while [ "$x" ]; do echo "\${x%"\${x#?}"}"; x=\${x#?}; done
¦
1
2
3
4
5

¦
0
¦
x=' '; [ -n $x ]; echo $?; [ -n "$x" ]; echo $?
¦
0
0

¦
0
¦
unset x; echo "\${x=1}" $x; unset x; echo \${x:=a b} "$x"
¦
1 1
a b a b

¦
0
¦
f() { echo $1; shift; [ $# -gt 0 ] && f "$@"; }; f a b c; echo $?
¦
a
b
c
1

¦
0
¦
i=0; while :; do i=$((i+1)); if [ $i -gt 3 ]; then break; fi; case $i in 2) continue;; esac; echo $i; done
¦
1
3

¦
0
¦
while true; do (break); echo after; break; done; for i in 1; do eval break; echo no; done; echo ok
¦
after
ok

¦
0
¦
f() { break; }; for i in 1 2; do echo $i; done
¦
1
2

¦
0
¦
for i in 1 2 3; do echo $i; done | while read x; do echo "r$x"; done
¦
r1
r2
r3

¦
0
¦
n=0; for a in 1 2 3 4 5 6 7 8 9 0; do for b in 1 2 3 4 5 6 7 8 9 0; do n=$((n+1)); done; done; echo $n
¦
100

¦
0
¦
cat <<E1 <<E2
first
E1
second
E2
¦
second

¦
0
¦
cat <<E; echo after
$(echo "sub
lines")
E
¦
sub
lines
after

¦
0
¦
if cat <<E
cond
E
then echo yes; fi
¦
cond
yes

¦
0
¦
x=$(cat <<'E'
it's $fine
E
); echo "$x"
¦
it's $fine

¦
0
¦
cat <<E
\${x:-"quoted"} \${y:-'single'} $(echo "a b")
E
¦
quoted 'single' a b

¦
0
¦
exec 3<<E
fd three
E
cat <&3
¦
fd three

¦
0
¦
echo a >f1 >f2; wc -c < f1; cat f2; echo x 2>&1 >f3 | cat; cat f3
¦
0
a
x

¦
0
¦
: \${A:=x}; echo $A; : $((B=5)); echo $B; true \${C:=q}; echo $C
¦
x
5
q

¦
0
¦
echo \${1-none} "\${@-none}" "\${*-none}"; set -- ''; echo "[\${1-none}]" "[\${1:-null}]" "[\${@:-null}]"
¦
none none none
[] [null] [null]

¦
0
¦
set -- a b; x=$*; y=$@; echo "$x" "$y"; IFS=-; x=$*; y="$*" z=$@; echo "$x" "$y" "$z"
¦
a b a b
a-b a-b a b

¦
0
¦
IFS=,; set -- a b c; echo "$*"; v=1,2,3; set -- $v; echo $#; set -- "$v"; echo $#; set -- $(echo 4,5); echo $#
¦
a,b,c
3
1
2

¦
0
¦
IFS=; x='a b'; set -- $x; echo $#
¦
1

¦
0
¦
unset IFS; x='a b	c
d'; set -- $x; echo $#
¦
4

¦
0
¦
x=a; y=b; echo "$x$y" $x$y "$x"$y \${x}_$y $x-$y $x/$y $x.$y
¦
ab ab ab a_b a-b a/b a.b

¦
0
¦
echo $1$2$3; set -- '' ''; echo $#; echo "$1$2"
¦

2


¦
0
¦
[ "$(echo 'x')" = x ] && echo eq; test 3 -eq 03 && echo num; [ 10 -gt 9 ] && [ 2 -ne 3 ] && echo ok; [ a -eq 1 ] 2>/dev/null; echo $?
¦
eq
num
ok
2

¦
0
¦
touch old; sleep 0.02; touch new; [ new -nt old ] && echo nt; [ old -ot new ] && echo ot; [ old -ef old ] && echo ef
¦
nt
ot
ef

¦
0
¦
(set -o pipefail 2>/dev/null; false | true; echo $?)
¦
1

¦
0
¦
a() { b; }; b() { echo b $1; }; a x; set -- s; a
¦
b
b

¦
0
¦
f() { return; }; false; f; echo $?; true; f; echo $?
¦
1
0

¦
0
¦
x=1; f() { x=2; }; f; echo $x; (f; x=3); echo $x; x=9 f; echo $x
¦
2
2
2

¦
0
¦
trap 'x=1' USR1; kill -USR1 $$; echo $x; trap 'return 5' USR1; f() { kill -USR1 $$; echo no; }; f; echo $?
¦
1
5

¦
0
¦
echo one; { echo two; exit 3; }; echo no
¦
one
two

¦
3
¦
unset nosuch; echo $?; unset -v x; unset -f nosuch; echo $?; (unset 1x) 2>/dev/null; echo $?
¦
0
0
2

¦
0
¦
export 1x 2>/dev/null; echo no
¦

¦
2
¦
false; echo "$?" $?; true; echo $?; : ; (exit 256); echo $?; (exit -1) 2>/dev/null; echo $?

¦
1 1
0
0
2

¦
0
¦
x='a  b'; y=$x; echo "$y"; y="$x" z='c d'; echo "$z"
¦
a  b
c d

¦
0
¦
a=$(printf 'x\\n\\n'); echo "[$a]"; b="$(printf ' y ')"; echo "[$b]"
¦
[x]
[ y ]

¦
0
¦
f() { echo "$@"; }; f "a b" c; f; f ''
¦
a b c



¦
0
¦
for x in "a b" c\\ d 'e'; do printf '<%s>' "$x"; done; echo
¦
<a b><c d><e>

¦
0
¦
if [ 1 ]; then if [ '' ]; then echo a; else echo b; fi; fi
¦
b

¦
0
¦
case $(echo x) in x) case y in y) echo nested;; esac;; esac
¦
nested

¦
0
¦
echo "a
b" | while IFS= read -r l; do echo "<$l>"; done
¦
<a>
<b>

¦
0
¦
i=3; while [ $((i-=1)) -ge 0 ]; do echo $i; done
¦
2
1
0

¦
0
¦
x=5; until [ $x -le 3 ]; do x=$((x-1)); done; echo $x
¦
3

¦
0
¦
(cd / && pwd); pwd | grep -c /tmp
¦
/
1

¦
0
¦
echo \${x:-\`echo a b\`} \${y:-"\`echo c\`"}
¦
a b c

¦
0
¦
v=abc; echo \${v%"\${v#?}"} \${v#"\${v%?}"}
¦
a c

¦
0
¦
set -- "$@" one; set -- "$@" two; echo "$#:$*"
¦
2:one two

¦
0
¦
x=1; x=$x$x; x=$x$x; echo $x; : \${x:=no} "\${y:=yes}"; echo $y
¦
1111
yes

¦
0
¦
e() { return $1; }; e 0 && echo t; e 1 || echo f; if e 2; then :; else echo $?; fi
¦
t
f
2

¦
0
¦
printf '%s\\n' "$(printf 'a\\\\nb')" 'c\\d'
¦
a\\nb
c\\d

¦
0
¦
exec 5>out; echo to5 >&5; exec 5>&-; cat out; (echo x >&5) 2>/dev/null || echo closed
¦
to5
closed

¦
0
¦
echo a 3>&1 >&2 2>/dev/null; echo b >/dev/null 2>&1; { echo c 1>&2; } 2>&1
¦
c

¦
0
¦
cat <<-EOF | cat -
	one
	  two
	EOF
¦
one
  two

¦
0
¦
n=2; cat <<X
$((n*3)) \${n}x "\${n}" '$n' $(echo "$n" '$n') \`echo \\$n\`
X
¦
6 2x "2" '2' 2 $n 2

¦
0
¦
unset a; echo \${a+set}\${a-unset}; a=; echo \${a+set}\${a-unset}\${a:-null}
¦
unset
setnull

¦
0
¦
set -- a b c; echo "\${@}" \${#} "\${2}" $2$3 "$1-$2"
¦
a b c 3 b bc a-b

¦
0
¦
IFS=/; p=/usr/local/bin; set -- $p; echo $# "$2" "$4"; unset IFS; echo $p
¦
4 usr bin
/usr/local/bin

¦
0
¦
t() { [ "$1" ] && echo "arg $1"; }; t x; t ''; echo $?
¦
arg x
1

¦
0
¦
echo $(for i in 1 2 3; do echo $i; done) | tr ' ' +
¦
1+2+3

¦
0
¦
x=$(cat <<'Z'
multi
line
Z
)
echo "$x"
¦
multi
line

¦
0
¦
sh -c 'exit 42'; echo $?; sh -c 'exit'; echo $?; sh -ec 'false; echo no'; echo $?; sh -c ''; echo $?
¦
42
0
1
0

¦
0
¦
sh -uc 'echo $undefined' 2>/dev/null; echo $?; sh -xc 'echo hi' 2>&1; sh -vc 'echo v' 2>&1
¦
2
+ echo hi
hi
v

¦
0
¦
set -e; if ! false; then echo ok; fi; f() { return 1; }; f && echo no; f || echo yes; (exit 0); echo end
¦
ok
yes
end

¦
0
¦
set -e; for i in 1 2; do [ $i = 1 ] && continue; echo $i; done; while [ "$x" != aaa ]; do x=a$x; done; echo $x
¦
2
aaa

¦
0
¦
alias x='echo hi;'
x echo there
alias -- y='echo y'; alias y
¦
hi
there
y='echo y'

¦
0
¦
echo start; . /dev/null; echo $?; eval ''; echo $?
¦
start
0
0

¦
0
¦
true | true | false | true; echo $?; ! true | true; echo $?
¦
0
1

¦
0
¦
echo a | (read x; echo "got $x"; cat) ; (echo 1; echo 2) | (read a; read b; echo $b$a)
¦
got a
21

¦
0
¦
a=1 b=2 sh -c 'echo $a$b'; a=x; a=y sh -c 'echo $a'; echo $a; A=1; A=2 eval 'echo $A'; echo $A
¦
12
y
x
2
2

¦
0
¦
x() { echo func; }; x=var; x; echo $x; unset x; x; echo \${x-none}
¦
func
var
func
none

¦
0
¦
: <<X
ignored $(echo side >&2)
X
echo ok
¦
ok

¦
0
¦
while :; do case $n in 222) break;; esac; n=2$n; done; echo $n
¦
222

¦
0
¦
f() { while read x; do echo "$x"; done; }; printf 'a\\nb\\n' | f; f <<X
c
X
¦
a
b
c

¦
0
¦
f() { for a; do echo "$a"; done; }; f 1 2; for a in 3; do echo $a; done; for a
in 4
do echo $a
done
¦
1
2
3
4

¦
0
¦
{ echo 1; } | { cat; echo 2; } > out; cat out; if true; then echo x; fi > out2; cat out2; while read l; do echo "$l."; done < out
¦
1
2
x
1.
2.

¦
0
¦
[ -t 1 ] || echo notty; test -r / -a -d /; echo $?; [ ! -d /nonexistent ] && echo nd
¦
notty
0
nd

¦
0
¦
trap 'echo got; trap - USR1' USR1; kill -s USR1 $$; trap | grep -c USR1; echo done
¦
got
0
done

¦
0
¦
trap 'exit 7' EXIT; echo x
¦
x

¦
7
¦
(trap 'echo bye' EXIT; echo hi); sh -c 'trap "echo inner" EXIT; exec true'; echo end
¦
hi
bye
end

¦
0
¦
f() { trap 'echo r' EXIT; return; }; (f; echo in); echo out
¦
in
r
out

¦
0
¦
command -v cd; command -v /bin/sh; command -v nosuchthing || echo none; command true && echo t; command false || echo f
¦
cd
/bin/sh
none
t
f

¦
0
¦
echo $((08)) 2>/dev/null; echo no
¦

¦
2
¦
echo $((0x)) 2>/dev/null; echo no
¦

¦
2
¦
echo $(( 1 + 2 )) "$(( 3 * 4 ))" $((
5
+
6
)) $((1 ? 2 : 3 ? 4 : 5)) $((2 > 1 ? 10 : 20))
¦
3 12 11 2 10

¦
0
¦
a=3; b=4; echo $((a*a+b*b)) $((a>b||b>a)) $((-a)) $((!a)) $((a<b?a:b)) $((a=b=7)) $a $b
¦
25 1 -3 0 3 7 7 7

¦
0
¦
readonly A=1 B; A=2 2>/dev/null; echo no
¦

¦
2
¦
export X=y; (unset X; sh -c 'echo [$X]'); sh -c 'echo [$X]'; X=z; sh -c 'echo [$X]'
¦
[]
[y]
[z]

¦
0
¦
echo "\${#}" "\${#-}" | cut -c1; set -- a b; echo "\${#*}" "\${##}"
¦
0
2 1

¦
0
¦
echo 'single '\\'' quote' "double \\" quote" \\$escaped "\\a\\b"
¦
single ' quote double " quote $escaped 

¦
0
¦
cat 0<<A 3<<B <&3
a
A
b
B
¦
b

¦
0
¦
echo '#not' \\#comment "#x" a#b; echo x # y
¦
#not #comment #x a#b
x

¦
0
¦
fn() { unset -f fn; echo once; }; fn; fn 2>/dev/null || echo gone
¦
once
gone

¦
0
¦
x=global; f() { local x; echo "[\${x-unset}]"; x=loc; echo $x; }; f; echo $x
¦
[global]
loc
global

¦
0
¦
f() { local a=1 b; b=2; g; echo $a$b; }; g() { a=3; local b=9; }; f; echo [$a$b]
¦
32
[]

¦
0
¦
eval "$(printf 'echo %s\\n' a b)"; eval 'x() { echo dyn $1; }'; x 1
¦
a
b
dyn 1

¦
0
¦
echo ab{c,d}e ~+ %1 ^x =y @z

¦
ab{c,d}e ~+ %1 ^x =y @z

¦
0
¦
set -- aa bb cc; for x do set -- new "$@" "$x"; shift; echo "$x"; done; echo $#
¦
aa
bb
cc
6

¦
0
¦
set -- a:b c:d; for t do o=$IFS; IFS=:; set x $t; IFS=$o; shift; echo $1-$2; done
¦
a-b
c-d

¦
0
¦
[ '(' = ')' ]; echo $?; [ '(' = '(' ]; echo $?; [ ! = x ]; echo $?; [ '!' ]; echo $?; [ -a ]; echo $?; [ -n = x ]; echo $?; [ -f = -f ]; echo $?; [ ! '(' ]; echo $?; [ '(' ')' ]; echo $?; [ -z '(' ]; echo $?
¦
1
0
1
0
0
1
0
1
1
1

¦
0
¦
[ ! a = b ]; echo $?; [ ! -n '' ]; echo $?; [ '(' a = a ')' ]; echo $?; [ ! '(' a = b ')' ]; echo $?; [ a = a -a b = b ]; echo $?; [ ! a -o b ]; echo $?; [ '(' -n x ')' -a y ]; echo $?; [ -n x -a '!' -z y ]; echo $?
¦
0
0
0
0
0
1
0
0

¦
0
¦
[ x = ]; echo $?; [ = ]; echo $?; [ -eq ]; echo $?; [ 1 -eq ]; echo $?; [ a b ]; echo $?; [ a b c ]; echo $?; [ a = b c ]; echo $?
¦
2
0
0
2
2
2
2

¦
0
¦
[ " 5 " -eq 5 ]; echo $?; [ -5 -lt 3 ]; echo $?; [ +5 -eq 5 ]; echo $?; [ 5x -eq 5 ]; echo $?; [ '' -eq 0 ]; echo $?; [ 9223372036854775807 -gt 1 ]; echo $?
¦
0
0
0
2
2
0

¦
0
¦
[ a '<' b ]; echo $?; [ b '>' a ]; echo $?; [ -e /dev/null -a -c /dev/null ]; echo $?; [ -r /nonexist ]; echo $?; [ -d /tmp/ ]; echo $?
¦
0
0
0
1
0

¦
0
¦
echo 'echo hi' | sh -i 2>/dev/null
¦
hi

¦
0
¦
sh -c 'echo $-' ; sh -ec 'echo $-'; echo 'echo $-' | sh -s; set +o > f; . ./f; echo ok
¦

e
s
ok

¦
0
¦
exec 2>err; nosuchcmd; exec 2>&1; cat err | sed 's/.*nosuch/nosuch/'
¦
nosuchcmd: not found

¦
0
¦
f() { exec 3>&1; echo x >&3; exec 3>&-; }; f; (exec >g; echo in g); cat g
¦
x
in g

¦
0
¦
sh -c 'exec 3<&0; read a <&3; echo $a' <<X
line
X
¦
line

¦
0
¦
x=$(exec 2>&1; echo err >&2); echo $x; y=$(echo a; exit 3); echo $? $y
¦
err
3 a

¦
0
¦
while read a; do read b; echo $a-$b; done <<X
1
2
3
X
¦
1-2
3-

¦
0
¦
cat <<X | while read l; do echo ">$l"; done
a $(echo b) c
$((1+1))
X
¦
>a b c
>2

¦
0
¦
for f in a b; do cat <<X
$f
X
done
¦
a
b

¦
0
¦
if read x <<X; then echo "r $x"; fi
v
X
¦
r v

¦
0
¦
echo $(cat <<X
in subst
X
) end
¦
in subst end

¦
0
¦
f() { case $1 in a) shift; f "$@";; b) echo b; return 4;; esac; }; f a a b; echo $?
¦
b
4

¦
0
¦
a="x y"; set -- $a "$a" '$a'; echo $#; b='*'; echo "$b" | cat; c='a\\tb'; printf "$c\\n"; printf '%s\\n' "$c"
¦
4
*
a	b
a\\tb

¦
0
¦
IFS=' ,'; x='a , b,c  d'; for i in $x; do echo "<$i>"; done; x=',a,'; for i in $x; do echo "<$i>"; done
¦
<a>
<b>
<c>
<d>
<>
<a>

¦
0
¦
unset -v PATH; /bin/echo ok; PATH=/usr/bin:/bin; ls / >/dev/null && echo ls
¦
ok
ls

¦
0
¦
PATH=/nonexistent ls 2>/dev/null; echo $?; PATH=/bin:/usr/bin ls / > /dev/null; echo $?
¦
127
0

¦
0
¦
echo "$@" "$*" $#; set -- 'a*' 'b c'; touch ax; echo $1 "$1" $2
¦
 0
ax a* b c

¦
0
¦
(echo a; echo b) | { read x; read y; echo $y $x; }; echo "\${x-no}"
¦
b a
no

¦
0
¦
trap 'echo E $?' EXIT; false
¦
E 1

¦
1
¦
trap 'echo A' EXIT; trap 'echo B; exit 5' TERM; kill $$; echo no
¦
B
A

¦
5
¦
set -e; f() { false; echo f-continues; }; if f; then echo t; fi; f || true; echo before; f; echo never
¦
f-continues
t
f-continues
before

¦
1
¦
set -eu; x=; echo "\${x}"; echo "\${y-}" ; echo ok; echo "$z"; echo never
¦


ok

¦
2
¦
for i in 1 2 3 4 5; do case $i in 2) continue;; 4) break;; esac; echo $i; done; echo $i
¦
1
3
4

¦
0
¦
printf '%s %s\\n' "\`echo "a  b"\`" \`echo "a  b"\`; echo "\`echo \\\`echo x\\\`\`" "$(echo "$(echo ")")")"
¦
a  b a
b 
x )

¦
0
¦
case "a;b" in *\\;*) echo semi;; esac; case 'x)y' in *')'*) echo paren;; esac; case a in (a|b) echo ab; esac
¦
semi
paren
ab

¦
0
¦
v='a:b:c'; IFS=:; for x in $v; do printf '[%s]' $x; done; echo; set $v; echo $2 $#; unset IFS; echo $v
¦
[a][b][c]
b 3
a:b:c

¦
0
¦
echo a >f; exec 7<f; cat <&7; exec 7<&-; cat <&7 2>/dev/null; echo $?
¦
a
1

¦
0
¦
eval "f() { echo \\$1-\\$2; }"; f a b; eval 'echo "$(eval "echo nested")"'
¦
a-b
nested

¦
0
¦
n=0; f() { n=$((n+1)); [ $n -lt 50 ] && f; }; f; echo $n; echo $((n % 7)) $(( (n*3)/2 ))
¦
50
1 75

¦
0
¦
readonly x=5; (x=6) 2>/dev/null; echo $?; echo $x; f() { local x=7; }; (f) 2>/dev/null; echo $?
¦
2
5
2

¦
0
¦
echo \\
  continued \\
  lines; echo 'sq\\
nl'; echo "dq\\
nl"
¦
continued lines
sq\\
nl
dqnl

¦
0
¦
if :; then :; else echo no; fi; while false; do :; done; echo $?; until :; do :; done; echo $?
¦
0
0

¦
0
¦
mkdir -p 'd x'; cd 'd x' && echo \${PWD##*/}; cd ..; rmdir 'd x'; [ -d 'd x' ] || echo gone
¦
d x
gone

¦
0
¦
set -- a b c d e; while [ $# -gt 2 ]; do shift; done; echo $*; for i; do echo $i; shift; done; echo $#
¦
d e
d
e
0

¦
0
¦
sleep 1 & { sleep 1 | cat; } & jobs; wait
¦
[1]-  Running    sleep 1
[2]+  Running    { sleep 1 | cat; }

¦
0
¦
`;
