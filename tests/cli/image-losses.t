#!/bin/bash
# Losses of single images and of classes: against the mean, against logits and labels, on any ranks, and
# which images make a barrier.
. "${0%/*}/lib.sh"

file=$tmp/images.nc
base=(sweep --quiet --set networks.depth=8 --set networks.width=2 --set data.images=24 --set data.batch=8 --x=-1:1:5)
observe=(--set observables.image_losses=24 --set observables.classes=true --set observables.logits=10)
bs_ok 'a sweep with losses of images and classes' 2 "${base[@]}" "${observe[@]}" --surf_file "$file"
header=$(ncdump -h "$file")
like "$header" 'double image_loss\(x, loss_image\)' 'images have their losses'
like "$header" 'double class_loss\(x, class\)' 'classes have theirs'
like "$header" 'class_acc:units = "percent"' 'and their accuracy'

# near WANTED COUNT: as many numbers on the standard input, each relatively within 1e-12.
near() {
    paste <(printf '%s\n' "$1") - | awk -v n="$2" '{ d = $1 - $2; if (d * d > 1e-24 * $1 * $1 || NF < 2) exit 1 } END { exit NR != n }'
}
ok 'their mean is the loss' near "$(values "$file" train_loss)" 5 < <(
    values "$file" image_loss | awk '{ s += $1 } NR % 24 == 0 { printf "%.17g\n", s / 24; s = 0 }'
)
bs_ok 'the images as CIFAR-10 has them' 1 export "$file" --images -o "$tmp/images.bin"
mapfile -t labels < <(od -An -v -tu1 -w3073 "$tmp/images.bin" | awk '{ print $1 }')
is ${#labels[@]} 24 'have their labels'
ok 'the losses of the first ten follow from their logits' near "$(values "$file" image_loss | awk '(NR - 1) % 24 < 10')" 50 < <(
    values "$file" logits | awk -v labels="${labels[*]}" '
        BEGIN { split(labels, label, " ") }
        { k = (NR - 1) % 10; total += exp($1); if (k == label[int((NR - 1) / 10) % 10 + 1]) own = $1 }
        k == 9 { printf "%.17g\n", log(total) - own; total = 0 }'
)
# by_class ARRAY: mean over the images of every class, of all points; _ of a class without any.
by_class() {
    values "$file" image_loss | awk -v labels="${labels[*]}" '
        BEGIN { split(labels, label, " ") }
        { k = label[(NR - 1) % 24 + 1]; n[k]++; s[k] += $1 }
        NR % 24 == 0 { for (k = 0; k < 10; k++) { print n[k] ? sprintf("%.17g", s[k] / n[k]) : "NaN" } split("", n); split("", s) }'
}
ok 'the losses of classes are means of these' near "$(values "$file" class_loss | grep -v NaN)" \
    "$(by_class | grep -vc NaN)" < <(by_class | grep -v NaN)
is "$(values "$file" class_loss | grep -n NaN)" "$(by_class | grep -n NaN)" 'classes without an image have none'
ok 'the accuracies of classes make the whole' near "$(values "$file" train_acc)" 5 < <(
    values "$file" class_acc | awk -v labels="${labels[*]}" '
        BEGIN { m = split(labels, label, " "); for (i = 1; i <= m; i++) { n[label[i]]++ } }
        { k = (NR - 1) % 10; if (n[k]) { s += n[k] * $1 } }
        k == 9 { printf "%.17g\n", s / m; s = 0 }'
)
is "$(values "$file" status | sort -u)" 1 'which is no failure'
all() { for name in image_loss class_loss class_acc; do values "$1" $name; done | md5sum; }
for np in 1 3; do
    bs_ok "on $np" $np "${base[@]}" "${observe[@]}" --set parallel.shards=$np --surf_file "$tmp/$np.nc"
    is "$(all "$tmp/$np.nc")" "$(all "$file")" 'the same bits'
done
bs 1 "${base[@]}" --set observables.image_losses=25 --surf_file "$tmp/more.nc"
is "$code" 2 'more than there are'
like "$err" 'observables.image_losses.*24 images are evaluated' 'is refused'

# ---- barriers -----------------------------------------------------------------------------------
bs_ok 'info' 1 info "$file"
like "$out" 'barrier of the images' 'speaks of barriers'
command -v ncap2 >/dev/null || { skip 'a planted barrier' 'no ncap2' && done_testing && exit; }
# Images 3 and 7 rise by 6 and 3 in the middle, all others fall by .1: (9 - 2.2) / 24.
ncap2 -O -s 'image_loss(:,:)=1.0; image_loss(2,:)=0.9; image_loss(2,3)=7.0; image_loss(2,7)=4.0; image_loss(4,:)=1.0' \
    "$file" "$tmp/planted.nc"
bs_ok 'info of a planted barrier' 1 info "$tmp/planted.nc"
like "$out" '0.2833 above the line between the ends at x = 0, half of it from 1 of 24 images: 3 \(6\)' 'and the image that makes it'
ncap2 -O -s 'image_loss(:,:)=1.0; image_loss(2,:)=0.9' "$file" "$tmp/valley.nc"
bs_ok 'info of a valley' 1 info "$tmp/valley.nc"
like "$out" 'network0 +none between the ends' 'has no barrier'
done_testing
