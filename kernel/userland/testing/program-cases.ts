/**
 * What grep, sed, find, xargs, expr, printf, test, cal, join, tar and watch must do: a script for the shell, its standard output, its status.
 * Each was compared with another implementation; where POSIX leaves it open, it is as there.
 */
export const PROGRAM_SETUP = `printf "hello world\\nfoo bar\\nHello Again\\nabc 123\\nfoo\\n\\nlast line\\n" > a; printf "one\\ntwo\\nthree\\nfour\\nfive\\nsix\\n" > n; mkdir -p d/e; printf "foo in d\\n" > d/f; printf "no match\\n" > d/e/g; touch d/empty; ln -s f d/l; printf "k1=v1\\nk2=v2\\n" > k; printf "no newline" > nn; `;

export const PROGRAM_CASES: readonly (readonly [script: string, stdout: string, status: number])[] = [
  [
    `grep foo a`,
    `foo bar
foo
`,
    0,
  ],
  [
    `grep -n foo a k`,
    `a:2:foo bar
a:5:foo
`,
    0,
  ],
  [
    `grep -c o a d/f; grep -v o a; grep -i HELLO a; grep -vc foo a`,
    `a:4
d/f:1
abc 123

last line
hello world
Hello Again
5
`,
    0,
  ],
  [
    `grep -l foo a k d/f; grep -L foo a k d/f; echo $?`,
    `a
d/f
k
0
`,
    0,
  ],
  [
    `grep -o 'o*' a; grep -on '[a-z]*o' a`,
    `o
o
oo
o
oo
1:hello
1:wo
2:foo
3:ello
5:foo
`,
    0,
  ],
  [
    `grep -q foo a; echo $?; grep -q zzz a; echo $?; grep zzz nofile; echo $?; grep -s zzz nofile; echo $?`,
    `0
1
2
2
`,
    0,
  ],
  [
    `grep -x foo a; grep -x 'foo.*' a; grep -w foo a; echo 'foobar foo_x xfoo foo-y' | grep -ow foo`,
    `foo
foo bar
foo
foo bar
foo
foo
`,
    0,
  ],
  [
    `grep -E 'foo|abc' a; grep -E '^(foo|last)' a; grep 'foo\\|abc' a; grep -E 'o{2}' a; grep 'o\\{2\\}' a`,
    `foo bar
abc 123
foo
foo bar
foo
last line
foo bar
abc 123
foo
foo bar
foo
foo bar
foo
`,
    0,
  ],
  [
    `grep -F 'o w' a; grep -F -e foo -e abc a; grep -Fx foo a; printf 'foo\\nabc\\n' > p; grep -f p a; grep -F -f p a; echo 'a.c' | grep -F 'a.c'; echo 'abc' | grep -F 'a.c'; echo $?`,
    `hello world
foo bar
abc 123
foo
foo
foo bar
abc 123
foo
foo bar
abc 123
foo
a.c
1
`,
    0,
  ],
  [
    `grep -r foo . | sort; grep -rn foo d | sort; grep -rl foo d; grep -h foo a d/f; grep -H abc a; cd d; grep -r foo | sort`,
    `./a:foo
./a:foo bar
./d/f:foo in d
d/f:1:foo in d
d/f
foo bar
foo
foo in d
a:abc 123
f:foo in d
`,
    0,
  ],
  [
    `mkdir -p w/x w/y; for f in w/a.c w/x/b.c w/x/b.h w/y/c.c; do echo word > $f; done; grep -rl --include='*.c' word w | sort; grep -rl --exclude='[ab].*' word w; grep -rl --exclude-dir=x --exclude-dir=y word w; grep -r --include '*.h' -c word w; grep -l --exclude=a.c word w/a.c w/y/c.c; grep word -rl w/y --include=*.c; grep --ignore-case -2 --max-count=1 WORD w/a.c; rm -r w`,
    `w/a.c
w/x/b.c
w/y/c.c
w/y/c.c
w/a.c
w/x/b.h:1
w/y/c.c
w/y/c.c
word
`,
    0,
  ],
  [
    `printf 'a 1\\n' > j1; join j1 j1 -o 1.1,2.2; printf 'x\\ny\\n' > s1; sed s1 -n -e 2p; sed --quiet --expression='1p' s1`,
    `a 1
y
x
`,
    0,
  ],
  [
    `grep -A1 foo a; grep -B1 foo a; grep -C1 abc a; grep -A1 -n foo a; grep -1 abc a; grep -B1 -A1 -n 'foo\\|last' a`,
    `foo bar
Hello Again
--
foo

hello world
foo bar
--
abc 123
foo
Hello Again
abc 123
foo
2:foo bar
3-Hello Again
--
5:foo
6-
Hello Again
abc 123
foo
1-hello world
2:foo bar
3-Hello Again
4-abc 123
5:foo
6-
7:last line
`,
    0,
  ],
  [
    `grep -m1 foo a; grep -m1 -A1 foo a; grep -c -m1 foo a`,
    `foo bar
foo bar
Hello Again
1
`,
    0,
  ],
  [
    `grep '' a | wc -l; grep -c '' a; grep -c . a; grep -v . a; grep -n '^$' a`,
    `7
7
6

6:
`,
    0,
  ],
  [
    `grep '[[:digit:]]' a; grep '[^a-z ]' a; grep '^[A-Z]' a; grep 'a$' a; grep '\\(foo\\).*\\1' a; echo abab | grep '\\(ab\\)\\1'`,
    `abc 123
Hello Again
abc 123
Hello Again
abab
`,
    0,
  ],
  [
    `printf 'é\\nà\\n' | grep '^.$'; echo ÉTÉ | grep -i été; echo naïve | grep -o 'n.*v'`,
    `é
à
ÉTÉ
naïv
`,
    0,
  ],
  [
    `echo x | grep -e; echo $?; grep; echo $?; grep '\\(' a; echo $?; grep -E '(' a; echo $?; grep '[' a; echo $?`,
    `2
2
2
2
2
`,
    0,
  ],
  [
    `cat a | grep -n abc; cat a | grep -H abc -; cat a | grep -c foo - k`,
    `4:abc 123
(standard input):abc 123
(standard input):2
k:0
`,
    0,
  ],
  [
    `grep -e foo -- a; grep -- -x a; echo $?; grep -nie HELLO a; grep -A 1 -e abc a`,
    `foo bar
foo
1
1:hello world
3:Hello Again
abc 123
foo
`,
    0,
  ],
  [
    `grep -i 'H.*O' a; grep -io 'h[a-z]*' a; grep -E -o '[0-9]+' a; grep -vn o n; grep -w -v foo a`,
    `hello world
Hello Again
hello
Hello
123
3:three
5:five
6:six
hello world
Hello Again
abc 123

last line
`,
    0,
  ],
  [
    `sed -n 2p n; sed 2d n; sed '2,4d' n; sed '$d' n; sed -n '$p' n; sed -n '2,$p' n; sed '1!d' n`,
    `two
one
three
four
five
six
one
five
six
one
two
three
four
five
six
two
three
four
five
six
one
`,
    0,
  ],
  [
    `sed 's/o/0/' n; sed 's/o/0/g' n; sed 's/e/E/2' n; sed -n 's/o/0/p' n; sed 's/\\(.\\)\\(.\\)/\\2\\1/' n; sed 's/t.*/[&]/' n`,
    `0ne
tw0
three
f0ur
five
six
0ne
tw0
three
f0ur
five
six
one
two
threE
four
five
six
0ne
tw0
f0ur
noe
wto
htree
ofur
ifve
isx
one
[two]
[three]
four
five
six
`,
    0,
  ],
  [
    `sed -e 's/one/1/' -e 's/two/2/' n; printf 's/one/1/\\n2d\\n' > s; sed -f s n; sed '/two/,/four/d' n; sed '/two/,+1d' n; sed '2,1p' n | head -3`,
    `1
2
three
four
five
six
1
three
four
five
six
one
five
six
one
four
five
six
one
two
two
`,
    0,
  ],
  [
    `sed -n '/two/,/four/p' n; sed -n '2,/o/p' n; sed -n '/one/,/zzz/p' n; sed '0,/o/d' n; sed -n '1~2p' n; sed -n '2,~4p' n`,
    `two
three
four
two
three
four
one
two
three
four
five
six
two
three
four
five
six
one
three
five
two
three
four
`,
    0,
  ],
  [
    `sed 'y/abc/xyz/' a; sed '=' n | head -4; sed -n '/foo/=' a; sed 5q n; sed -n 2q n; sed '2q;d' n; sed 2q5 n; echo $?`,
    `hello world
foo yxr
Hello Agxin
xyz 123
foo

lxst line
1
one
2
two
2
5
one
two
three
four
five
two
one
two
5
`,
    0,
  ],
  [`sed '2a\\' -e 'added' n; sed '2i\\`, ``, 2],
  [`inserted' n; sed '2c\\`, ``, 127],
  [`changed' n; sed '2,3c\\`, ``, 127],
  [`range' n; sed '$a end' n; sed '1i top' n; sed 'a\\  lead' nn`, ``, 2],
  [
    `sed 'N;s/\\n/-/' n; sed '$!N;P;D' n; sed -n 'H;\${x;s/\\n/,/g;p}' n; sed 'G' n | head -4; sed -n '1!G;h;$p' n`,
    `one-two
three-four
five-six
one
two
three
four
five
six
,one,two,three,four,five,six
one

two

six
five
four
three
two
one
`,
    0,
  ],
  [`sed ':a;N;$!ba;s/\\n/ /g' n; sed ':a`, ``, 2],
  [`s/^.\\{1,4\\}$/ &/`, ``, 126],
  [`ta' n; sed '/two/{s/t/T/;s/o/O/}' n; sed '/two/{`, ``, 127],
  [`p`, ``, 127],
  [`d`, ``, 127],
  [`}' n`, ``, 2],
  [
    `sed 'n;d' n; sed '$!n;s/e/E/' n; sed 'x;p;x' n | head -3; sed -n 'l' a; printf 'a\\tb\\\\\\001é\\n' | sed -n l; sed -n 'l 10' a`,
    `one
three
five
one
two
three
four
five
six

one

hello world$
foo bar$
Hello Again$
abc 123$
foo$
$
last line$
a\\tb\\\\\\001\\303\\251$
hello wor\\
ld$
foo bar$
Hello Aga\\
in$
abc 123$
foo$
$
last line$
`,
    0,
  ],
  [
    `sed 's/a/b/w out' a >/dev/null; cat out; sed -n '/foo/w out2' a; cat out2; sed 'r k' nn; sed '2r k' n; sed '1r nofile' nn`,
    `foo bbr
Hello Agbin
bbc 123
lbst line
foo bar
foo
no newline
k1=v1
k2=v2
one
two
k1=v1
k2=v2
three
four
five
six
no newline`,
    0,
  ],
  [
    `sed -n '/hello/I p' a; sed 's/HELLO/bye/I' a; sed 's/hello/bye/i' a; sed -E 's/(o+)/<\\1>/g' a; sed -E 's/a|b/X/g' a; sed 's/[/]/x/' a`,
    `hello world
Hello Again
bye world
foo bar
bye Again
abc 123
foo

last line
bye world
foo bar
bye Again
abc 123
foo

last line
hell<o> w<o>rld
f<oo> bar
Hell<o> Again
abc 123
f<oo>

last line
hello world
foo XXr
Hello AgXin
XXc 123
foo

lXst line
hello world
foo bar
Hello Again
abc 123
foo

last line
`,
    0,
  ],
  [
    `sed 's,/,x,' a; sed 's|a\\|b|X|g' a; echo a/b | sed 's/\\//x/'; echo 'a|b' | sed 's|\\||x|'; echo a.b | sed 's/\\./x/'; sed '\\,foo,d' a`,
    `hello world
foo bar
Hello Again
abc 123
foo

last line
hello world
foo bar
Hello Again
abc 123
foo

last line
axb
axb
axb
hello world
Hello Again
abc 123

last line
`,
    0,
  ],
  [`echo abc | sed 's/b/\\n/'; echo abc | sed 's/b/\\`, ``, 2],
  [
    `/'; echo 'a&b' | sed 's/&/and/'; echo abc | sed 's/b/\\&/'; echo abc | sed 's/x*/-/g'; echo abc | sed 's/b*/X/2'; echo baaac | sed 's/a*/x/g'`,
    ``,
    2,
  ],
  [
    `sed -i 's/one/1/' n; cat n; sed -i.bak 's/1/one/' n; cat n n.bak; sed -n -i 2p n; cat n; sed -s -n '$p' a k; sed -n '$p' a k`,
    `1
two
three
four
five
six
one
two
three
four
five
six
1
two
three
four
five
six
two
last line
k2=v2
k2=v2
`,
    0,
  ],
  [
    `sed p nn; sed -n p nn nn; sed '$!d' nn k; printf 'x' | sed 's/x/y/'; sed d nn; sed = nn`,
    `no newline
no newlineno newline
no newlinek2=v2
y1
no newline`,
    0,
  ],
  [
    `sed --help >/dev/null; echo $?; sed -n '$=' n; sed -n '/x/!p' n | head -1; sed '/^$/d;s/^/> /' a; sed 's/.*/"&"/' k; sed 's/=.*//' k`,
    `0
6
one
> hello world
> foo bar
> Hello Again
> abc 123
> foo
> last line
"k1=v1"
"k2=v2"
k1
k2
`,
    0,
  ],
  [
    `echo 'hello world' | sed 's/\\w\\+/<&>/g'; echo 'hello' | sed 's/l*/X/g'; echo aaa | sed 's/a/b/3'; echo aaa | sed 's/a/b/2g'; echo hello | sed 's/\\(h\\)\\(e\\)/\\U\\1\\2/;s/l/\\u&/'`,
    `<hello> <world>
XhXeXoX
aab
abb
HELlo
`,
    0,
  ],
  [
    `sed -n 's/\\(.*\\)=\\(.*\\)/\\2=\\1/p' k; sed '/k1/b;s/v/V/' k; sed 's/v/V/;t;s/k/K/' k; sed -e :a -e '/1$/{N;ba' -e '}' k; sed '1d;n;d' n; sed '#comment`,
    ``,
    2,
  ],
  [`p' k; sed -n '#n' k; sed '/o/!s/e/E/' n`, ``, 2],
  [
    `find . | sort; find d | sort; find d -type f | sort; find d -type d; find . -name '*.x'; find . -name f; find . -name 'e*' | sort; find d -iname F`,
    `.
./a
./d
./d/e
./d/e/g
./d/empty
./d/f
./d/l
./k
./n
./nn
d
d/e
d/e/g
d/empty
d/f
d/l
d/e/g
d/empty
d/f
d
d/e
./d/f
./d/e
./d/empty
d/f
`,
    0,
  ],
  [
    `find d -depth; find d -maxdepth 1 | sort; find d -mindepth 1 -maxdepth 1 | sort; find . -path './d/*' | sort; find d ! -type f | sort; find d -type l -o -type d | sort`,
    `d/f
d/empty
d/l
d/e/g
d/e
d
d
d/e
d/empty
d/f
d/l
d/e
d/empty
d/f
d/l
./d/e
./d/e/g
./d/empty
./d/f
./d/l
d
d/e
d/l
d
d/e
d/l
`,
    0,
  ],
  [
    `find d -name e -prune -o -print | sort; find d -type f -print0 | tr '\\0' '\\n' | sort; find d -empty | sort; find d -size 0; find . -size -2 -type f | sort; find a -size +10c; find a -size -1k; find a -size 1k`,
    `d
d/empty
d/f
d/l
d/e/g
d/empty
d/f
d/empty
d/empty
./a
./d/e/g
./d/empty
./d/f
./k
./n
./nn
a
a
`,
    0,
  ],
  [
    `find d -type f -exec echo x {} \\; | sort; find d -type f -exec echo {} + | tr ' ' '\\n' | sort; find d -name f -exec cat {} \\;; find d -name f -exec false {} \\; -print; find d -name f -exec echo {}{} a{}b \\;`,
    `x d/e/g
x d/empty
x d/f
d/e/g
d/empty
d/f
foo in d
d/fd/f ad/fb
`,
    0,
  ],
  [
    `find d -name e -delete; echo $?; find d -name f -delete; ls d; find d -type f -delete; find d/e -delete; ls d; echo $?; mkdir -p x/y; find x -delete; ls x 2>/dev/null; echo $?`,
    `1
e
empty
l
l
0
2
`,
    0,
  ],
  [
    `find nofile; echo $?; find d nofile -name f; echo $?; find d -badopt; echo $?; find d -name; echo $?; find d '('; echo $?; find d -exec echo; echo $?; find d -type f -name f -links 1; find d -links +1 | sort`,
    `1
d/f
1
1
1
1
1
d/f
d
d/e
`,
    0,
  ],
  [
    `find d \\( -name f -o -name g \\) -print | sort; find d -name f -a -type f; find d -name f , -name g -print; find d -true -name f; find d -false; find -L d -type l; find -L d -name l -type f; find -H d/l; find d/ -name f; find ./d/e/ -name e`,
    `d/e/g
d/f
d/f
d/e/g
d/f
d/l
d/l
d/f
./d/e/
`,
    0,
  ],
  [
    `printf 'a b\\nc\\n' | xargs; printf 'a b c d e' | xargs -n 2; printf 'a b\\nc d\\ne\\n' | xargs -L 1; printf '1\\n2\\n' | xargs -I % echo x%y%; printf 'a\\0b c\\0' | xargs -0 -n1`,
    `a b c
a b
c d
e
a b
c d
e
x1y1
x2y2
a
b c
`,
    0,
  ],
  [
    `printf '"a b" c\\\\ d '"'e f'"'\\n' | xargs -n1; echo | xargs; echo | xargs -r; printf '' | xargs echo none; printf '' | xargs -r echo none; printf 'a b' | xargs -t echo 2>&1; printf 'a\\nb\\nEND\\nc\\n' | xargs -E END`,
    `a b
c d
e f

none
echo a b
a b
a b
`,
    0,
  ],
  [
    `echo "a'b" | xargs; echo $?; seq 1 2000 | xargs | wc -w; seq 1 100 | xargs -s 50 | head -2; printf 'a b \\nc\\n' | xargs -L1; printf '  lead\\n' | xargs -I {} echo '[{}]'; printf 'x y\\n' | xargs -I{} echo {} {}; seq 3 | xargs -n1 -t echo 2>&1; find d -print0 | sort -z | xargs -0 echo`,
    `1
2000
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18
19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
a b c
[lead]
x y x y
echo 1
1
echo 2
2
echo 3
3
d d/e d/e/g d/empty d/f d/l
`,
    0,
  ],
  [
    `expr 1 + 2; expr 5 - 7; expr 3 '*' 4; expr 7 / 2; expr 7 % 3; expr -7 / 2; expr 1 + 2 '*' 3; expr '(' 1 + 2 ')' '*' 3; expr 2 - 1 - 1; echo $?`,
    `3
-2
12
3
1
-3
7
9
0
1
`,
    0,
  ],
  [
    `expr a = a; expr a = b; echo $?; expr 2 '<' 10; expr a '<' b; expr 10 '>' 9; expr abc '>' abd; expr 1 '<=' 1; expr 1 '!=' 2; expr 01 = 1`,
    `1
0
1
1
1
1
0
1
1
1
`,
    0,
  ],
  [
    `expr '' '|' b; expr a '|' b; expr 0 '|' c; expr '' '|' ''; echo $?; expr a '&' b; expr '' '&' b; expr 0 '&' 1; echo $?`,
    `b
a
c
0
1
a
0
0
1
`,
    0,
  ],
  [
    `expr abc : 'a.'; expr abc : 'x'; echo $?; expr abc : '.\\(.\\)'; expr abc : 'x\\(.\\)'; echo $?; expr /a/b : '.*/\\(.*\\)'; expr abc : '.*'; expr abc : 'b'; expr '' : ''; echo $?`,
    `2
0
1
b

1
b
3
0
0
1
`,
    0,
  ],
  [
    `/usr/bin/env [ a = a ]; echo $?; /usr/bin/env test 1 -gt 2; echo $?; /usr/bin/env [ -f a -a -d d ]; echo $?; /usr/bin/env [ a; echo $?; /usr/bin/env test; echo $?; /usr/bin/env test ! -e nofile; echo $?`,
    `0
1
0
2
1
0
`,
    0,
  ],
  [
    `cal 9 1752; cal -m 2 2024`,
    `   September 1752
Su Mo Tu We Th Fr Sa
       1  2 14 15 16
17 18 19 20 21 22 23
24 25 26 27 28 29 30



   February 2024
Mo Tu We Th Fr Sa Su
          1  2  3  4
 5  6  7  8  9 10 11
12 13 14 15 16 17 18
19 20 21 22 23 24 25
26 27 28 29

`,
    0,
  ],
  [
    `cal 1 1 | head -3; cal 2 1900 | tail -3; cal 13 2000; echo $?; cal 0; echo $?; cal 1 2 3; echo $?; cal 1999 | wc -l`,
    `     January 1
Su Mo Tu We Th Fr Sa
                   1
18 19 20 21 22 23 24
25 26 27 28

1
1
1
34
`,
    0,
  ],
  [
    `printf 'a 1 x\\nb 2 y\\nb 3 z\\nd 4\\n' > j1; printf 'a A\\nb B\\nb BB\\nc C\\n' > j2; join j1 j2; join -a 1 -a 2 -e - -o 0,1.2,2.2 j1 j2`,
    `a 1 x A
b 2 y B
b 2 y BB
b 3 z B
b 3 z BB
a 1 A
b 2 B
b 2 BB
b 3 B
b 3 BB
c - C
d 4 -
`,
    0,
  ],
  [
    `printf 'a 1 x\\nb 2 y\\nb 3 z\\nd 4\\n' > j1; printf 'a A\\nb B\\nb BB\\nc C\\n' > j2; join -v 2 j1 j2; join -v 1 -v 2 j1 - < j2; printf 'X:1:k\\nY::l\\n' > c1; printf 'k:2\\nL:3\\n' > c2; join -t : -1 3 c1 c2; join -i -t : -1 3 -2 1 -o 1.1,1.2,2.2 -e 0 c1 c2`,
    `c C
c C
d 4
k:X:1:2
X:1:2
Y:0:3
`,
    0,
  ],
  [
    `join a; echo $?; join - - < a; echo $?; join -1 0 a k; echo $?; join -o 3.1 a k; echo $?; join a none; echo $?`,
    `1
1
1
1
1
`,
    0,
  ],
  [
    `tar cf x.tar d a; tar tf x.tar | sort; mkdir o; tar -x -C o -f x.tar; cat o/d/f o/d/e/g; readlink o/d/l; tar -xf x.tar -C o d/e; tar tf x.tar none; echo $?`,
    `a
d/
d/e/
d/e/g
d/empty
d/f
d/l
foo in d
no match
f
2
`,
    0,
  ],
  [
    `chmod 751 d; chmod 640 d/f; ln d/f hard; touch -d 2020-02-03T04:05:06Z d/f d; tar -c -f - d hard | (mkdir p; tar -x -p -C p -f -); stat -c '%a %h %Y' p/d p/d/f; test p/d/f -ef p/hard; echo $?; tar tvf /dev/null; echo $?`,
    `751 3 1580702706
640 2 1580702706
0
2
`,
    0,
  ],
  [
    `n=0123456789; n=$n$n$n$n$n$n$n$n$n$n$n$n; mkdir $n; echo long > $n/$n; ln -s $n/$n far; tar cf x.tar $n far; rm -r $n far; tar xf x.tar; cat far; tar -tf x.tar | wc -l`,
    `long
3
`,
    0,
  ],
  [
    `tar czf x.tgz d a; head -c 2 x.tgz | od -An -tx1; tar tf x.tgz | sort; mkdir o; tar xzf x.tgz -C o; cat o/d/f; tar cf - a | gzip -c | tar xzf - -C o; cmp a o/a; echo $?; tar caf x.tar.bz2 a; head -c 3 x.tar.bz2; tar -tjf x.tar.bz2; head -c 60 x.tgz > cut.tgz; tar xf cut.tgz -C o 2> /dev/null; echo $?; t=$(command -v tar); PATH=/none $t czf y.tgz a 2>&1; echo $?`,
    ` 1f 8b
a
d/
d/e/
d/e/g
d/empty
d/f
d/l
foo in d
0
BZha
2
tar: gzip: No such file or directory
tar: gzip failed
2
`,
    0,
  ],
  [
    `tar cf x.tar a; head -c 700 x.tar > cut.tar; mkdir o; tar xf cut.tar -C o; echo $?; tar tf a; echo $?; tar cf x.tar; echo $?; tar cf x.tar none; echo $?; tar -ct; echo $?; tar xzf x.tar; echo $?; tar; echo $?`,
    `2
2
2
1
2
2
2
`,
    0,
  ],
  [
    `mkdir q; (cd q; ln -s ../d way); mkdir -p s/way; echo evil > s/way/f; tar cf y.tar -C s way/f; tar xf y.tar -C q; echo $?; cat d/f; (cd q; tar cf ../z.tar ../a 2> ../said); mkdir r; tar xf z.tar -C r; echo $?; ls r`,
    `2
foo in d
2
`,
    0,
  ],
  [
    `echo 1 > c; watch -gt -n 0.1 'cat c; echo 2 > c' > /dev/null; echo $?; watch -e -n 0.1 'exit 3' > out; echo $?; grep -c 'Every 0.1s: exit 3' out; watch; echo $?; watch -n x true; echo $?`,
    `0
3
1
1
1
`,
    0,
  ],
];
