// Makes a picture small on the device. Drawing it anew leaves place and camera behind; the server does the same again.
const LONGEST = 1600;
const QUALITY = 0.8;

/** JPEG bytes of a picture file. Throws for what is no picture. */
export async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const drawn = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", QUALITY); });
  if (!drawn) { throw new Error("no picture"); }
  return drawn.arrayBuffer();
}

/** The bytes as an address that an <img> may show under the portal's policy. */
export function address(bytes, type) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = failed;
    reader.readAsDataURL(new Blob([bytes], { type }));
  });
}
